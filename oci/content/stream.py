"""Streams of bytes that nobody has checked yet.

Only two things may read one: a `VerifiedReader`, and the copy loop that feeds a `Writer`, which checks
what it stores.
"""

from __future__ import annotations

from typing import Protocol

from .closable import Closable


class ByteStream(Protocol):
    """Unverified bytes in order, read into the caller's buffer."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill at least one byte of the buffer and return how many; 0 at the end.

        Raises:
            TransportError: The peer broke off, stalled, or sent fewer bytes than it announced.
            Cancelled: The work was cancelled.
        """

    def close(self) -> None:
        """Release what the stream holds; safe to call more than once."""


class MemoryStream(Closable):
    """A stream over bytes at hand.

    Args:
        content: The bytes, from the first one that is wanted.
    """

    def __init__(self, content: bytes) -> None:
        self._rest = memoryview(content)

    def readinto(self, buffer: memoryview, /) -> int:
        """Copy as many bytes as fit; 0 at the end."""
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """Let go of the bytes."""
        self._rest = memoryview(b"")


def read_exactly(stream: ByteStream, size: int) -> bytes:
    """Read up to ``size`` bytes of a stream, fewer only if it ends before.

    Args:
        stream: The stream; it stays open.
        size: Bytes to read at most.
    """
    content = bytearray(size)
    view = memoryview(content)
    filled = 0
    while filled < size and (count := stream.readinto(view[filled:])):
        filled += count
    # Not cut to its length: an error that somebody keeps may hold on to a part of it, through its traceback.
    return bytes(view[:filled])
