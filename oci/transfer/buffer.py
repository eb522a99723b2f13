"""The buffers of a transfer: one budget for all of them, so that memory does not grow with the image."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..content import CancelToken

PUMP_BYTES: Final = 1024 * 1024
"""The buffer between a source and a writer; measured: smaller ones cost CPU, larger ones gain nothing."""

CHUNK_BYTES: Final = 1024 * 1024
"""What one ranged request asks for. Measured at 40 ms and 20 MB/s: twenty of 1 MiB beat ten of 2 MiB."""


class BufferPool:
    """Hands out buffers of `CHUNK_BYTES`, at most so many at a time; they are used again, not made anew.

    Args:
        budget: Bytes that all buffers may take together.
    """

    def __init__(self, budget: int) -> None:
        self.size = max(2, budget // CHUNK_BYTES)
        self._changed = threading.Condition()
        self._free: list[bytearray] = []
        self._made = 0

    def take(self, token: CancelToken) -> bytearray:
        """Wait for a buffer.

        Raises:
            Cancelled: The work was cancelled while waiting.
        """
        with self._changed:
            while not self._free and self._made >= self.size:
                token.raise_if_cancelled()
                self._changed.wait(0.1)
            if self._free:
                return self._free.pop()
            self._made += 1
        return bytearray(CHUNK_BYTES)

    def give_back(self, buffer: bytearray) -> None:
        """Return a buffer that is not needed any more."""
        with self._changed:
            self._free.append(buffer)
            self._changed.notify()


_local = threading.local()


def pump_buffer() -> memoryview:
    """Return this thread's buffer of `PUMP_BYTES`; a fresh one for each blob would cost 256 page faults."""
    buffer: memoryview | None = getattr(_local, "buffer", None)
    if buffer is None:
        buffer = _local.buffer = memoryview(bytearray(PUMP_BYTES))
    return buffer
