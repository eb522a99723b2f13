"""Large blobs over slow connections: several ranged requests at once, handed on in order.

A blob begins with one request for its first part. If that comes fast, the rest is read in one piece: on
a fast link more connections only cost, and nearby a slow one is slow for want of processor time, of which
more connections take more (measured on loopback, under load: a fan costs a quarter more than one stream).
If it comes slowly from afar, the rest is fetched over several connections (`oci.transfer.fan`), which are
opened while the first part still comes: a destination that takes one ordered stream never waits for them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from .fan import Fan

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..content import ByteStream, CancelToken, Source
    from ..spec import Descriptor
    from .buffer import BufferPool
    from .connections import Connections

FIRST_BYTES: Final = 4 * 1024 * 1024
"""What the first request asks for. At 20 MB/s, what is left of it once the rate is judged takes as long as
two round trips of 40 ms and the first chunk of a fan."""

JUDGED_BYTES: Final = 1024 * 1024
"""Bytes of it whose rate decides about the rest."""

WORTHWHILE_BYTES: Final = 16 * 1024 * 1024
"""Blobs with less than this left to read are read in one piece."""

FAST_BYTES_PER_S: Final = 32 * 1024 * 1024
"""A connection that delivers this much has no need of company."""


class RangedStream:
    """A blob's bytes from an offset on, over as many connections as it takes.

    Args:
        source: Where the blob is.
        descriptor: The blob.
        offset: Bytes to leave out.
        connections: Shared by all streams of the transfer.
        pool: Buffers, shared likewise.
        token: Ends the waiting.
        clock: Seconds that only go forward.

    Raises:
        Unsupported: The source reads whole blobs only.
    """

    def __init__(
        self,
        source: Source,
        descriptor: Descriptor,
        offset: int,
        *,
        connections: Connections,
        pool: BufferPool,
        token: CancelToken,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._descriptor = descriptor
        self._connections = connections
        self._pool = pool
        self._token = token
        self._clock = clock
        self._position = offset
        self._began_at = offset
        self._is_judged = False
        self._rest_is_open = False
        self._fan: Fan | None = None
        started = clock()
        self._stage: ByteStream = source.stream(descriptor, offset, FIRST_BYTES)
        self._waited_s = clock() - started
        connections.answered_after(self._waited_s)

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill at least one byte of the buffer and return how many; 0 at the end."""
        started = self._clock()
        count = self._stage.readinto(buffer)
        # Only the waiting is counted: a slow destination must not make the source look slow.
        self._waited_s += self._clock() - started
        self._position += count
        if not self._is_judged and self._position - self._began_at >= JUDGED_BYTES:
            self._is_judged = True
            self._fan = self._fan_of_rest()
        if count or self._rest_is_open or self._position >= self._descriptor.size:
            return count
        self._stage.close()
        self._stage = self._fan or self._source.stream(self._descriptor, self._position)
        self._rest_is_open = True
        return self.readinto(buffer)

    def close(self) -> None:
        """Release the connections; safe to call more than once."""
        self._stage.close()
        if self._fan is not None:
            self._fan.close()

    def _fan_of_rest(self) -> Fan | None:
        """Begin to fetch what comes after the first part over several connections, if it is worth having."""
        start = self._began_at + FIRST_BYTES
        if start >= self._descriptor.size:
            return None
        rate = (self._position - self._began_at) / max(self._waited_s, 1e-6)
        if rate >= FAST_BYTES_PER_S or not self._connections.are_far(self._latency):
            return None
        return Fan(
            self._source,
            self._descriptor,
            start,
            connections=self._connections,
            pool=self._pool,
            token=self._token,
        )

    def _latency(self) -> float:
        """Take the time of an answer of one byte."""
        started = self._clock()
        part = self._source.stream(self._descriptor, self._position, 1)
        latency_s = self._clock() - started
        try:
            part.readinto(memoryview(bytearray(1)))
        finally:
            part.close()
        return latency_s
