"""Receive buffers: large ones that all connections of a server share, and stretches of received bytes.

Bulk bodies are received straight into the shared buffers and hashed and written from there, without a copy.
The pool is bounded: when it is empty, a connection makes do with its own small buffer, so that many slow
uploads cost little memory and cannot keep each other waiting. Used by one event loop only; no locks.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BufferPool", "Span"]

_KEPT_IDLE = 3
"""Buffers kept for the next upload when nobody uses them."""


@dataclass(slots=True)
class Span:
    """A stretch of received bytes; whoever took it owns the buffer until the next one is taken.

    Args:
        buffer: Where the bytes lie.
        start: Index of the first byte.
        end: Index behind the last byte.
        is_pooled: Whether the buffer belongs to a `BufferPool`.
    """

    buffer: bytearray
    start: int
    end: int
    is_pooled: bool = False

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def view(self) -> memoryview:
        """The bytes, not copied."""
        return memoryview(self.buffer)[self.start : self.end]


class BufferPool:
    """Lends out at most ``buffers`` buffers at a time.

    Args:
        buffers: How many may be lent at once.
        buffer_bytes: The size of each.
    """

    def __init__(self, *, buffers: int, buffer_bytes: int) -> None:
        self._left = buffers
        self._buffer_bytes = buffer_bytes
        self._idle: list[bytearray] = []

    def lend(self) -> bytearray | None:
        """Lend a buffer, or None when all are lent."""
        if self._left == 0:
            return None
        self._left -= 1
        return self._idle.pop() if self._idle else bytearray(self._buffer_bytes)

    def give_back(self, buffer: bytearray) -> None:
        """Take back a buffer that nobody reads or writes any more."""
        self._left += 1
        if len(self._idle) < _KEPT_IDLE:
            self._idle.append(buffer)

    def write_off(self) -> None:
        """Forget a lent buffer that a thread may still be reading; another may be made in its place."""
        self._left += 1
