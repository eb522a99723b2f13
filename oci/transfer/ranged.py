"""Large blobs over slow connections: several ranged requests at once, handed on in order.

A blob begins with one request for its first part. If that comes fast, the rest is read in one piece: on
a fast link more connections only cost, and nearby a slow one is slow for want of processor time, of which
more connections take more (measured on loopback, under load: a fan costs a quarter more than one stream).
If it comes slowly from afar, the rest is cut into chunks that several threads fetch into a bounded set of
buffers, while the reader takes them in order, so that whoever hashes sees one stream.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from ..errors import ConnectionBroken
from .buffer import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..content import ByteStream, CancelToken, Source
    from ..spec import Descriptor
    from .buffer import BufferPool
    from .connections import Connections

FIRST_BYTES: Final = 2 * 1024 * 1024
"""What the first request asks for; its rate decides about the rest."""

WORTHWHILE_BYTES: Final = 16 * 1024 * 1024
"""Blobs with less than this left to read are read in one piece."""

FAST_BYTES_PER_S: Final = 48 * 1024 * 1024
"""A connection that delivers this much has no need of company."""

NEAR_S: Final = 0.010
"""A source that has answered within these seconds is near: its connections share one bottleneck."""


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
        self._rest_is_open = False
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
        if count or self._rest_is_open or self._position >= self._descriptor.size:
            return count
        self._stage.close()
        self._stage = self._open_rest()
        self._rest_is_open = True
        return self.readinto(buffer)

    def close(self) -> None:
        """Release the connections; safe to call more than once."""
        self._stage.close()

    def _open_rest(self) -> ByteStream:
        rate = (self._position - self._began_at) / max(self._waited_s, 1e-6)
        if rate >= FAST_BYTES_PER_S or self._connections.nearest_s < NEAR_S:
            return self._source.stream(self._descriptor, self._position)
        return _Fan(
            self._source,
            self._descriptor,
            self._position,
            connections=self._connections,
            pool=self._pool,
            token=self._token,
        )


class _Chunk:
    """A piece of the blob: being fetched, ready, or failed."""

    __slots__ = ("buffer", "error", "ready", "size")

    def __init__(self, buffer: bytearray, size: int) -> None:
        self.buffer = buffer
        self.size = size
        self.ready = False
        self.error: BaseException | None = None


class _Fan:
    """Fetches chunks in several threads and hands them on in order."""

    def __init__(
        self,
        source: Source,
        descriptor: Descriptor,
        start: int,
        *,
        connections: Connections,
        pool: BufferPool,
        token: CancelToken,
    ) -> None:
        self._source = source
        self._descriptor = descriptor
        self._connections = connections
        self._pool = pool
        self._token = token
        # Buffers are taken under this lock, in the order of the chunks: were a later chunk to get the last
        # buffer, the one that the reader waits for would never get one.
        self._claiming = threading.Lock()
        self._asked = start
        self._changed = threading.Condition()
        self._chunks: dict[int, _Chunk] = {}
        self._position = start
        self._used = 0
        self._workers = 0
        self._closed = False
        self._failed = False
        connections.join()
        self._hire()

    def readinto(self, buffer: memoryview, /) -> int:
        if self._position >= self._descriptor.size:
            return 0
        start = self._position - self._used
        chunk = self._wait_for(start)
        count = min(len(buffer), chunk.size - self._used)
        buffer[:count] = memoryview(chunk.buffer)[self._used : self._used + count]
        self._used += count
        self._position += count
        if self._used == chunk.size:
            self._discard(start)
            self._used = 0
            self._hire()
        return count

    def close(self) -> None:
        with self._changed:
            if self._closed:
                return
            self._closed = True
            finished = [start for start, chunk in self._chunks.items() if chunk.ready]
        self._connections.leave()
        for start in finished:
            self._discard(start)

    def _wait_for(self, start: int) -> _Chunk:
        with self._changed:
            while (chunk := self._chunks.get(start)) is None or not chunk.ready:
                self._token.raise_if_cancelled()
                self._changed.wait(0.1)
        if chunk.error is not None:
            raise chunk.error
        return chunk

    def _discard(self, start: int) -> None:
        with self._changed:
            chunk = self._chunks.pop(start, None)
        if chunk is not None:
            self._pool.give_back(chunk.buffer)

    def _hire(self) -> None:
        while self._wants_more and self._connections.hire(self._workers):
            with self._changed:
                self._workers += 1
            threading.Thread(target=self._work, name="oci-range", daemon=True).start()

    def _work(self) -> None:
        try:
            while (claim := self._claim()) is not None:
                self._fetch(*claim)
        finally:
            with self._changed:
                self._workers -= 1
            self._connections.release()

    def _claim(self) -> tuple[int, _Chunk] | None:
        with self._claiming:
            start = self._asked
            if not self._wants_more or self._connections.surplus(self._workers):
                return None
            try:
                buffer = self._pool.take(self._token)
            except BaseException as error:  # noqa: BLE001 - the reader raises it
                self._fail(start, error)
                return None
            chunk = _Chunk(buffer, min(CHUNK_BYTES, self._descriptor.size - start))
            self._asked = start + chunk.size
            with self._changed:
                self._chunks[start] = chunk
            return start, chunk

    def _fetch(self, start: int, chunk: _Chunk) -> None:
        try:
            stream = self._source.stream(self._descriptor, start, chunk.size)
            try:
                self._fill(stream, chunk)
            finally:
                stream.close()
        except BaseException as error:  # noqa: BLE001 - the reader raises it
            chunk.error = error
        with self._changed:
            self._failed = self._failed or chunk.error is not None
            chunk.ready = True
            closed = self._closed
            self._changed.notify_all()
        if closed:
            self._discard(start)

    @property
    def _wants_more(self) -> bool:
        return self._asked < self._descriptor.size and not self._closed and not self._failed

    def _fill(self, stream: ByteStream, chunk: _Chunk) -> None:
        view = memoryview(chunk.buffer)[: chunk.size]
        filled = 0
        while filled < chunk.size and not self._closed:
            count = stream.readinto(view[filled:])
            if not count:
                raise ConnectionBroken(
                    f"{self._source.label}: a range of {self._descriptor.digest} ended early",
                    host=self._source.label,
                )
            filled += count

    def _fail(self, start: int, error: BaseException) -> None:
        chunk = _Chunk(bytearray(), 0)
        chunk.error = error
        chunk.ready = True
        with self._changed:
            self._failed = True
            self._chunks.setdefault(start, chunk)
            self._changed.notify_all()
