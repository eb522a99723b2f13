"""Our own transport: sockets, a pool, and bodies that reach the caller's buffer uncopied.

It carries a `oci.net.message.RawRequest` to its host, and gives the head of the answer with a
`oci.net.body.Body` that reads on. It follows nothing, and repeats nothing but a request that met a dead
connection.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .. import errors
from ..content.closable import Closable
from .connection import Connection
from .dial import dial, judge
from .head import Dialogue
from .message import EarlyAnswer
from .outgoing import Outgoing
from .pool import MAX_IDLE_PER_ROUTE, MAX_IDLE_S, Pool
from .route import route_of
from .tls_context import Contexts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .message import RawAnswer, RawRequest
    from .proxy import ProxySettings
    from .route import Route

__all__ = ["SocketTransport"]

_UPLOADS = frozenset({"PUT", "PATCH"})


class SocketTransport(Closable):
    """Sends requests over sockets of its own; for several threads at once, and a context manager.

    Args:
        proxies: Which hosts are reached through a proxy.
        max_idle_per_route: Connections to one place that are kept at rest.
        max_idle_s: How long each of them is kept, in seconds.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        *,
        proxies: ProxySettings | None = None,
        max_idle_per_route: int = MAX_IDLE_PER_ROUTE,
        max_idle_s: float = MAX_IDLE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._proxies = proxies
        self._clock = clock
        self._contexts = Contexts()
        self._pool = Pool(max_idle_per_route=max_idle_per_route, max_idle_s=max_idle_s, clock=clock)

    def send(self, request: RawRequest) -> RawAnswer:
        """Send a request and wait for the head of its answer.

        A connection from the pool may turn out to be dead only when it is used. Then the request is sent once
        more, over a new one, unless some of an answer has come or its body cannot be produced again.

        Raises:
            TransportError: As its subclasses say.
            InvalidValue: A part of the request has characters that would break the protocol.
            LimitExceeded: The head of the answer is too large.
            Cancelled: The request was cancelled.
        """
        if not isinstance(request.content, bytes):
            return _send(self.begin(request), request.content)
        pieces = (request.content,)
        pooled = self._pooled(request)
        if pooled is not None:
            try:
                return _send(pooled, pieces)
            except errors.ConnectionBroken:
                if pooled.answered:
                    raise
        return _send(self._fresh(request), pieces)

    def begin(self, request: RawRequest) -> Outgoing:
        """Begin a request whose body the caller writes.

        Args:
            request: The request; its own body is not looked at. Exactly as many bytes must be written as its
                Content-Length says; with ``Transfer-Encoding: chunked`` it may be any number.

        Raises:
            TransportError: No connection, as its subclasses say.
            InvalidValue: A part of the request has characters that would break the protocol.
            Cancelled: The request was cancelled.
        """
        return self._pooled(request) or self._fresh(request)

    def close(self) -> None:
        """Close the connections at rest; those in use are closed when their requests end."""
        self._pool.close()

    def _pooled(self, request: RawRequest) -> Outgoing | None:
        terms = request.terms
        terms.token.raise_if_cancelled()
        route = self._route(request)
        connection = self._pool.take(route)
        if connection is None:
            return None
        connection.serve(terms)
        try:
            judge(route, connection.channel.address, terms)
            return self._begin(connection, request)
        except BaseException:
            connection.settle(reusable=False)
            raise

    def _fresh(self, request: RawRequest) -> Outgoing:
        route = self._route(request)
        connection = Connection(dial(route, request.terms, self._contexts), route, self._pool.give)
        try:
            return self._begin(connection, request)
        except BaseException:
            connection.settle(reusable=False)
            raise

    def _begin(self, connection: Connection, request: RawRequest) -> Outgoing:
        dialogue = Dialogue(connection.route.label)
        target, fields = _addressed(connection.route, request)
        head = dialogue.ask(request.method.encode("ascii"), target, fields)
        timeouts = request.terms.timeouts
        patience_s = timeouts.answer_s if request.method in _UPLOADS else timeouts.idle_s
        length = request.length
        return Outgoing(connection, head, dialogue, length=length, answer_s=patience_s, clock=self._clock)

    def _route(self, request: RawRequest) -> Route:
        terms = request.terms
        return route_of(request.url, terms.tls, self._proxies, socket_path=terms.socket_path)


def _addressed(route: Route, request: RawRequest) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Give the request target and the fields, as the route needs them (RFC 9112, section 3.2)."""
    target = request.url.target.encode("ascii")
    fields = request.fields()
    if route.proxy is not None and route.tls is None:
        target = b"http://" + request.url.authority.encode("ascii") + target
        if route.proxy.authorization:
            fields.append((b"Proxy-Authorization", route.proxy.authorization.encode("latin-1")))
    return target, fields


def _send(outgoing: Outgoing, pieces: Iterable[bytes]) -> RawAnswer:
    try:
        for piece in pieces:
            outgoing.write(piece)
        return outgoing.finish()
    except EarlyAnswer as early:
        return early.answer
    except BaseException:
        outgoing.abort()
        raise
