"""A fan: the chunks of one blob, fetched by several threads, handed on in order.

The threads put chunks into a bounded set of buffers and the reader takes them in order, so that whoever
hashes sees one stream. A chunk whose connection breaks is fetched on from where it broke, by the thread that
has it; the others go on meanwhile. Only a chunk that stays out of reach ends the stream, when it is its turn.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ..content.capture import Capture
from ..errors import ConnectionBroken, TransportError
from ..wire.retry import RetryRule
from .backoff import Backoff
from .buffer import CHUNK_BYTES

if TYPE_CHECKING:
    from ..content import ByteStream, CancelToken, Source
    from ..spec import Descriptor
    from .buffer import BufferPool
    from .connections import Connections

CHUNK_TRIES: Final = 3
"""Times that a chunk is tried before the stream ends; whoever reads it may then begin another one."""

_LOOK_S: Final = 0.1
# How long a token that is cancelled elsewhere may go unseen by a reader that waits.


class _Chunk:
    """A piece of the blob: being fetched, ready, or failed."""

    __slots__ = ("buffer", "error", "filled", "ready", "size", "start")

    def __init__(self, start: int, size: int, buffer: bytearray | None) -> None:
        self.start = start
        self.size = size
        self.buffer = buffer
        self.filled = 0
        self.ready = False
        self.error: BaseException | None = None


class Fan:
    """A blob's bytes from an offset to its end; an `oci.content.ByteStream`.

    Args:
        source: Where the blob is; it does ranges.
        descriptor: The blob.
        start: Bytes to leave out.
        connections: Says how many threads it may have; shared by all fans of the transfer.
        pool: Buffers, shared likewise.
        token: Ends the waiting.
        rule: How often a chunk is tried, and how long to wait in between.
    """

    def __init__(
        self,
        source: Source,
        descriptor: Descriptor,
        start: int,
        *,
        connections: Connections,
        pool: BufferPool,
        token: CancelToken,
        rule: RetryRule | None = None,
    ) -> None:
        self._source = source
        self._descriptor = descriptor
        self._connections = connections
        self._pool = pool
        self._token = token
        self._rule = rule or RetryRule(attempts=CHUNK_TRIES)
        # Buffers are taken under this lock, in the order of the chunks: were a later chunk to get the last
        # buffer, the one that the reader waits for would never get one.
        self._claiming = threading.Lock()
        # Everything below is changed under this one.
        self._changed = threading.Condition()
        self._asked = start
        self._chunks: dict[int, _Chunk] = {}
        self._workers = 0
        self._closed = False
        self._failed = False
        # The reader's own.
        self._position = start
        self._used = 0
        connections.join()
        self._hire()

    def readinto(self, buffer: memoryview, /) -> int:
        """Wait for some bytes and put them into the caller's buffer; 0 at the end.

        Raises:
            TransportError: The chunk that comes next could not be fetched.
            Unsupported: The source has stopped doing ranges.
            Cancelled: The work was cancelled.
        """
        if self._position >= self._descriptor.size:
            return 0
        chunk = self._wait_for(self._position - self._used)
        assert chunk.buffer is not None
        count = min(len(buffer), chunk.size - self._used)
        buffer[:count] = memoryview(chunk.buffer)[self._used : self._used + count]
        self._used += count
        self._position += count
        if self._used == chunk.size:
            self._discard(chunk)
            self._used = 0
            self._hire()
        return count

    def close(self) -> None:
        """Want nothing more; threads that wait for the source end when it answers or stalls."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            finished = [chunk for chunk in self._chunks.values() if chunk.ready]
        self._connections.leave()
        for chunk in finished:
            self._discard(chunk)

    def _wait_for(self, start: int) -> _Chunk:
        with self._changed:
            while (chunk := self._chunks.get(start)) is None or not chunk.ready:
                self._token.raise_if_cancelled()
                self._changed.wait(_LOOK_S)
        if chunk.error is not None:
            raise chunk.error
        return chunk

    def _discard(self, chunk: _Chunk) -> None:
        with self._changed:
            self._chunks.pop(chunk.start, None)
            buffer, chunk.buffer = chunk.buffer, None
        if buffer is not None:
            self._pool.give_back(buffer)

    # ── the threads ──

    @property
    def _wants_more(self) -> bool:
        return self._asked < self._descriptor.size and not self._closed and not self._failed

    def _hire(self) -> None:
        """Start threads, as many as are of use and allowed."""
        while True:
            with self._changed:
                if not self._wants_more or not self._connections.hire(self._workers):
                    return
                self._workers += 1
            threading.Thread(target=self._work, name="oci-range", daemon=True).start()

    def _work(self) -> None:
        while (chunk := self._claim()) is not None:
            self._fill(chunk)
        self._connections.release()

    def _claim(self) -> _Chunk | None:
        """Take the next chunk; None for a thread that is not needed, and not counted, any more."""
        with self._claiming:
            if not self._stays():
                return None
            buffer: bytearray | None = None
            with Capture() as captured:
                buffer = self._pool.take(self._token)
            with self._changed:
                chunk = _Chunk(self._asked, min(CHUNK_BYTES, self._descriptor.size - self._asked), buffer)
                self._asked += chunk.size
                self._chunks[chunk.start] = chunk
        if captured.error is not None:
            self._settle(chunk, captured.error)
        return chunk

    def _stays(self) -> bool:
        with self._changed:
            # The last one stays while there is work: the reader waits for it.
            is_surplus = self._workers > 1 and self._connections.surplus(self._workers)
            if self._wants_more and not is_surplus:
                return True
            self._workers -= 1
            return False

    def _fill(self, chunk: _Chunk) -> None:
        if chunk.ready:
            return
        with Capture() as captured:
            self._read_whole(chunk)
        self._settle(chunk, captured.error)

    def _read_whole(self, chunk: _Chunk) -> None:
        backoff = Backoff(self._rule)
        while chunk.filled < chunk.size and not self._closed:
            try:
                self._read(chunk)
            except TransportError as broken:
                delay_s = backoff.delay_after(broken, offset=chunk.filled)
                if delay_s is None:
                    raise
                self._token.wait(delay_s)

    def _read(self, chunk: _Chunk) -> None:
        assert chunk.buffer is not None
        rest = chunk.size - chunk.filled
        stream: ByteStream = self._source.stream(self._descriptor, chunk.start + chunk.filled, rest)
        try:
            view = memoryview(chunk.buffer)[: chunk.size]
            while chunk.filled < chunk.size and not self._closed:
                count = stream.readinto(view[chunk.filled :])
                if not count:
                    raise ConnectionBroken(
                        f"{self._source.label}: a range of {self._descriptor.digest} ended early",
                        host=self._source.label,
                    )
                chunk.filled += count
        finally:
            stream.close()

    def _settle(self, chunk: _Chunk, error: BaseException | None) -> None:
        with self._changed:
            chunk.error = error
            chunk.ready = True
            self._failed = self._failed or error is not None
            is_unwanted = self._closed
            self._changed.notify_all()
        if is_unwanted:
            self._discard(chunk)
