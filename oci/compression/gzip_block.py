"""gzip on several threads: blocks are deflated side by side and joined to one member (RFC 1951, RFC 1952).

Each block is given the end of the one before as its dictionary, so that little is lost, and all but the last
end on a byte (a "sync flush"). Any decoder reads the result as one ordinary stream.
"""

from __future__ import annotations

import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Self

from isal import isal_zlib

if TYPE_CHECKING:
    from concurrent.futures import Future
    from types import TracebackType

BLOCK_BYTES: Final = 1024 * 1024
"""Content that one thread deflates; fixed, since what comes out depends on it."""

FAST_LEVELS: Final = range(1, 4)
"""Levels that igzip has; it comes within four hundredths of zlib's ratio, several times as fast."""

_WINDOW_BYTES: Final = 32 * 1024
_RAW: Final = -15
_MEMORY_LEVEL: Final = 8
_HEADER: Final = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
# No flags, no time, no hint at the level, no operating system.


class BlockGzip:
    """Compresses a stream.

    Args:
        level: 1 to 9.
        threads: How many to use.
    """

    def __init__(self, level: int, threads: int) -> None:
        self._level = level
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="oci-gzip")
        self._ahead = threads * 2
        self._deflated: deque[Future[bytes]] = deque()
        self._block = bytearray()
        self._window = b""
        self._checksum = 0
        self._size = 0
        self._ready = [_HEADER]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)

    def compress(self, data: bytes) -> bytes:
        """Take the next bytes; return what is ready, which may be nothing."""
        self._block += data
        while len(self._block) >= BLOCK_BYTES:
            block = bytes(self._block[:BLOCK_BYTES])
            del self._block[:BLOCK_BYTES]
            self._begin(block, isal_zlib.Z_SYNC_FLUSH)
        return self._taken(self._ahead)

    def finish(self) -> bytes:
        """Return the rest."""
        self._begin(bytes(self._block), isal_zlib.Z_FINISH)
        trailer = self._checksum.to_bytes(4, "little") + (self._size & 0xFFFFFFFF).to_bytes(4, "little")
        return self._taken(0) + trailer

    def _begin(self, block: bytes, end: int) -> None:
        self._checksum = isal_zlib.crc32(block, self._checksum)
        self._size += len(block)
        self._deflated.append(self._pool.submit(_deflate, block, self._window, self._level, end))
        self._window = block[-_WINDOW_BYTES:]

    def _taken(self, left: int) -> bytes:
        """Return what is ready in order, having waited until no more than so many blocks are under way."""
        ready, self._ready = self._ready, []
        while self._deflated and (len(self._deflated) > left or self._deflated[0].done()):
            ready.append(self._deflated.popleft().result())
        return b"".join(ready)


def _deflate(block: bytes, window: bytes, level: int, end: int) -> bytes:
    library = isal_zlib if level in FAST_LEVELS else zlib
    # An empty dictionary is not the same as none, to zlib.
    further = (0, window) if window else (0,)
    deflater = library.compressobj(level, library.DEFLATED, _RAW, _MEMORY_LEVEL, *further)
    deflated: bytes = deflater.compress(block) + deflater.flush(end)
    return deflated
