"""What a scripted server remembers of each request, for assertions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..serving import Body, Headers

if TYPE_CHECKING:
    from ..serving import Query, Request

__all__ = ["Exchange", "ObservedBody"]

_KEPT_BYTES = 64 * 1024


@dataclass(slots=True)
class Exchange:
    """One request and what was answered.

    Args:
        method: The request's method.
        path: Its path, decoded, without the query.
        query: Its parameters.
        headers: Its fields.
        status: The answer's status; 0 while, or if, there was none.
        received_bytes: Bytes of the request's body that were read.
        body: The first of them, at most 64 KiB.
        answer_headers: The answer's fields, those that only the connection adds left out.
    """

    method: str
    path: str
    query: Query
    headers: Headers
    status: int = 0
    received_bytes: int = 0
    body: bytes = field(default=b"", repr=False)
    answer_headers: Headers = field(default_factory=Headers)

    @classmethod
    def of(cls, request: Request) -> Exchange:
        """Begin to remember a request."""
        return cls(request.method, "/" + "/".join(request.segments), request.query, request.headers)

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


class ObservedBody(Body):
    """Passes a body on and notes what goes by.

    Args:
        body: The body.
        exchange: Where to note it.
    """

    def __init__(self, body: Body, exchange: Exchange) -> None:
        super().__init__(length=body.length, peer=body.peer)
        self._body = body
        self._exchange = exchange

    @property
    def is_complete(self) -> bool:
        """Whether the last byte has been received."""
        return self._body.is_complete

    async def receive(self, at_least: int = 1) -> memoryview:
        """Wait for the next piece; see `Body.receive`."""
        piece = await self._body.receive(at_least)
        self._exchange.received_bytes += len(piece)
        if len(self._exchange.body) < _KEPT_BYTES:
            self._exchange.body += bytes(piece[: _KEPT_BYTES - len(self._exchange.body)])
        return piece
