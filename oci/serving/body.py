"""A request's body: framing on top of the received bytes, with limits; large pieces, no copies.

A body that is never asked for is never read here: the connection decides whether to discard the rest or to
close. ``Expect: 100-continue`` is answered by the first attempt to read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from ..errors import ConnectionBroken, LimitExceeded
from .chunked import LAST_CHUNK, ChunkedDecoder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from .buffer import Span
    from .inlet import Inlet

__all__ = ["Body", "ReceivedBody"]

_BULK_FROM_BYTES = 128 * 1024


class Body(ABC):
    """What follows a request's head.

    Args:
        length: The ``Content-Length``, or None for a chunked body.
        peer: The peer's name, for errors.
    """

    def __init__(self, *, length: int | None, peer: str) -> None:
        self.length = length
        self.peer = peer

    @property
    @abstractmethod
    def is_complete(self) -> bool:
        """Whether the last byte has been received."""

    @abstractmethod
    async def receive(self, at_least: int = 1) -> memoryview:
        """Wait for the next piece.

        Args:
            at_least: Bytes worth waiting for; pieces may be smaller, or larger.

        Returns:
            Bytes that stay valid until the next call; empty at the end of the body.

        Raises:
            ConnectionBroken: The peer went away before the end; all that it sent was delivered before.
            Stalled: The peer sends nothing.
            InvalidValue: A chunked body that is malformed.
        """

    async def pieces(self, at_least: int = 1) -> AsyncIterator[memoryview]:
        """Iterate over the pieces; each is valid until the next one is asked for.

        Args:
            at_least: Bytes worth waiting for.

        Yields:
            Bytes, never empty.
        """
        while len(piece := await self.receive(at_least)):
            yield piece

    async def read(self, limit: int, *, name: str = "request body") -> bytes:
        """Read the whole body into memory.

        Args:
            limit: The most bytes to accept.
            name: The limit's name, for the error.

        Returns:
            The body.

        Raises:
            LimitExceeded: The body is, or says it is, larger.
        """
        if (self.length or 0) > limit:
            raise LimitExceeded(limit=name, allowed=limit, where=self.peer)
        data = bytearray()
        while len(piece := await self.receive(limit)):
            if len(data) + len(piece) > limit:
                raise LimitExceeded(limit=name, allowed=limit, where=self.peer)
            data += piece
        return bytes(data)


class ReceivedBody(Body):
    """A body that comes from a connection.

    Args:
        inlet: Where the bytes come from.
        length: The ``Content-Length``, or None for a chunked body.
        peer: The peer's name, for errors.
        stall_timeout_s: How long the peer may send nothing.
        before_first: Called once before the first byte is waited for.
    """

    def __init__(
        self,
        inlet: Inlet,
        *,
        length: int | None,
        peer: str,
        stall_timeout_s: float,
        before_first: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(length=length, peer=peer)
        self._inlet = inlet
        self._left = length or 0
        self._decoder = ChunkedDecoder() if length is None else None
        self._stall_timeout_s = stall_timeout_s
        self._before_first = before_first

    @property
    def is_complete(self) -> bool:
        """Whether the last byte has been received."""
        return self._left == 0 if self._decoder is None else self._decoder.is_complete

    @property
    def is_started(self) -> bool:
        """Whether the peer has been told, or needed not to be told, to send."""
        return self._before_first is None

    async def receive(self, at_least: int = 1) -> memoryview:
        """Wait for the next piece; see `Body.receive`."""
        while not self.is_complete:
            if self._before_first is not None:
                self._before_first()
                self._before_first = None
            self._inlet.prefers_bulk = self._decoder is not None or self._left >= _BULK_FROM_BYTES
            if self._decoder is None:
                span = await self._inlet.take(min(at_least, self._left), timeout_s=self._stall_timeout_s)
            else:
                span = await self._inlet.take(at_least, timeout_s=self._stall_timeout_s, last=LAST_CHUNK)
            if not len(span):
                raise ConnectionBroken(f"{self.peer} closed the connection inside a body", host=self.peer)
            piece = self._unframe(span)
            if len(piece):
                return piece
        self._inlet.prefers_bulk = False
        return memoryview(b"")

    def _unframe(self, span: Span) -> memoryview:
        if self._decoder is None:
            end = min(span.end, span.start + self._left)
            consumed = end
            self._left -= end - span.start
        else:
            end, consumed = self._decoder.decode(span.buffer, span.start, span.end)
        if consumed < span.end:
            self._inlet.unread(bytes(memoryview(span.buffer)[consumed : span.end]))
        return memoryview(span.buffer)[span.start : end]
