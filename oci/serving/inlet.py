"""The receiving half of a connection: bytes in, large pieces out, with back-pressure.

The event loop receives into one buffer while the piece before it is being hashed and written elsewhere; when
that one is full, the transport stops reading. Nothing here knows HTTP. A piece belongs to its taker until the
next one is taken, so that a thread may work on it without a copy.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from ..errors import ConnectionBroken, Stalled
from .buffer import Span

if TYPE_CHECKING:
    from .buffer import BufferPool

__all__ = ["Inlet"]

_HEAD_BUFFER_BYTES = 16 * 1024
_SPARE_BUFFER_BYTES = 128 * 1024
"""For a bulk body while the pool is empty."""
_PIECES_WAITING_MAX = 1
_SILENCE_S = 0.05
"""With nothing new for this long, what has come is delivered although more was asked for."""


class Inlet:
    """What a connection has received and nobody has taken yet.

    Args:
        pool: Lends the large buffers.
        peer: The peer's name, for errors.
    """

    def __init__(self, pool: BufferPool, *, peer: str) -> None:
        self._pool = pool
        self._peer = peer
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[Span] = deque()
        self._filling: Span | None = None
        self._lent: Span | None = None
        self._wanted = 1
        self._last = b""
        self._waiter: asyncio.Future[None] | None = None
        self._is_starved = False
        self._is_paused = False
        self._is_ended = False
        self._failure: ConnectionBroken | None = None
        self.received_bytes = 0
        self.prefers_bulk = False
        """Whether the next buffers should be large ones."""

    def attach(self, transport: asyncio.Transport) -> None:
        """Begin to receive from a transport."""
        self._transport = transport

    # ── called by the protocol ────────────────────────────────────────────────────────────────────

    def space(self) -> memoryview:
        """Return where the next bytes shall go."""
        if self._filling is None:
            self._filling = self._new_span()
        return memoryview(self._filling.buffer)[self._filling.end :]

    def filled(self, count: int) -> None:
        """Take note of ``count`` bytes in the `space`."""
        span = self._filling
        if span is None:
            return
        span.end += count
        self.received_bytes += count
        if span.end == len(span.buffer):
            self._waiting.append(span)
            self._filling = None
            self._pause_when_full()
        if self._is_starved or self._has_enough():
            self._wake()

    def end(self, failure: ConnectionBroken | None = None) -> None:
        """Take note that nothing more will come; with a failure, the peer was lost."""
        self._is_ended = True
        self._failure = self._failure or failure
        self._wake()

    # ── called by the connection's task ───────────────────────────────────────────────────────────

    @property
    def is_ended(self) -> bool:
        """Whether the peer has closed its side; what it sent before may still wait here."""
        return self._is_ended

    async def take(self, at_least: int = 1, *, timeout_s: float | None, last: bytes = b"") -> Span:
        """Wait for a piece; the piece taken before goes back to the pool.

        Args:
            at_least: Bytes worth waiting for while more keep coming; a full buffer, a moment of silence and
                the end of the stream deliver less.
            timeout_s: How long to wait without one new byte, or None for ever.
            last: When what has come ends with these bytes, more is not worth waiting for.

        Returns:
            A piece, empty once the peer has closed its side.

        Raises:
            ConnectionBroken: The peer was lost; what it had sent has been delivered before.
            Stalled: Nothing came within that time.
        """
        self._return_lent()
        self._wanted = at_least
        self._last = last
        while not self._has_enough():
            await self._wait(timeout_s)
        span = self._next_span()
        if span is None:
            if self._failure is not None:
                raise self._failure
            return Span(bytearray(), 0, 0)
        self._lent = span
        self._resume()
        return span

    def unread(self, data: bytes) -> None:
        """Put bytes back in front of everything else."""
        if data:
            self._waiting.appendleft(Span(bytearray(data), 0, len(data)))

    def close(self) -> None:
        """Drop all buffers. A piece still lent may be in a thread's hands, so it is not used again."""
        for span in (*self._waiting, self._filling):
            if span is not None and span.is_pooled:
                self._pool.give_back(span.buffer)
        if self._lent is not None and self._lent.is_pooled:
            self._pool.write_off()
        self._waiting.clear()
        self._filling = self._lent = None

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def _new_span(self) -> Span:
        if not self.prefers_bulk:
            return Span(bytearray(_HEAD_BUFFER_BYTES), 0, 0)
        buffer = self._pool.lend()
        if buffer is None:
            return Span(bytearray(_SPARE_BUFFER_BYTES), 0, 0)
        return Span(buffer, 0, 0, is_pooled=True)

    def _return_lent(self) -> None:
        span, self._lent = self._lent, None
        if span is not None and span.is_pooled:
            self._pool.give_back(span.buffer)

    def _has_enough(self) -> bool:
        if self._waiting or self._is_ended:
            return True
        span = self._filling
        if span is None:
            return False
        if span.end >= self._wanted:
            return True
        return bool(self._last) and span.buffer.endswith(self._last, 0, span.end)

    def _next_span(self) -> Span | None:
        if self._waiting:
            return self._waiting.popleft()
        span = self._filling
        if span is None or span.end == 0:
            return None
        self._filling = None
        return span

    async def _wait(self, timeout_s: float | None) -> None:
        """Wait for more; with nothing in hand for the first bytes, whatever they are.

        They may be all that comes: silence is measured from then on.
        """
        before = self.received_bytes
        holds_some = self._filling is not None and self._filling.end > 0
        self._is_starved = not holds_some
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(_SILENCE_S if holds_some else timeout_s):
                await self._waiter
        except TimeoutError:
            if self.received_bytes != before:
                return
            self._wanted = 1
            if not holds_some:
                raise Stalled(f"{self._peer} sent nothing for {timeout_s:g} s", host=self._peer) from None
        finally:
            self._waiter = None
            self._is_starved = False

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _pause_when_full(self) -> None:
        if len(self._waiting) >= _PIECES_WAITING_MAX and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._is_paused and self._transport is not None and not self._is_ended:
            self._is_paused = False
            self._transport.resume_reading()
