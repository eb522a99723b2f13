"""Our own transport under httpx: sockets, a pool, and bodies that reach the caller's buffer uncopied.

It is an ordinary `httpx.BaseTransport`. What it honours in ``request.extensions``: ``terms``
(`oci.net.terms.Terms`), and httpx's own ``target``, the request target to send in place of the URL's path
and query. What it adds to ``response.extensions``: ``body`` (`oci.net.body.Body`) and ``address`` (the
peer's). httpx's own timeouts are not looked at; `Timeouts` says more.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx

from .. import errors
from .connection import Connection
from .dial import dial, judge
from .head import Dialogue
from .outgoing import EarlyAnswer, Outgoing
from .pool import MAX_IDLE_PER_ROUTE, MAX_IDLE_S, Pool
from .route import route_of
from .terms import Terms
from .tls import Contexts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .proxy import ProxySettings
    from .route import Route

__all__ = ["SocketTransport"]

_UPLOADS = frozenset({"PUT", "PATCH"})


class SocketTransport(httpx.BaseTransport):
    """Sends requests over sockets of its own; for several threads at once.

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

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for the head of its answer.

        A connection from the pool may turn out to be dead only when it is used. Then the request is sent once
        more, over a new one, unless some of an answer has come or its body cannot be produced again.

        Raises:
            TransportError: As its subclasses say.
            LimitExceeded: The head of the answer is too large.
            Cancelled: The request was cancelled.
        """
        if not isinstance(request.stream, httpx.ByteStream):
            assert isinstance(request.stream, httpx.SyncByteStream)
            return _send(self.begin(request), request.stream)
        content = request.read()
        pooled = self._pooled(request)
        if pooled is not None:
            try:
                return _send(pooled, (content,))
            except errors.ConnectionBroken:
                if pooled.answered:
                    raise
        return _send(self._fresh(request), (content,))

    def begin(self, request: httpx.Request) -> Outgoing:
        """Begin a request whose body the caller writes.

        Args:
            request: The request; its own body is not looked at. Exactly as many bytes must be written as its
                Content-Length says; with ``Transfer-Encoding: chunked`` it may be any number.

        Raises:
            TransportError: No connection, as its subclasses say.
            Cancelled: The request was cancelled.
        """
        return self._pooled(request) or self._fresh(request)

    def close(self) -> None:
        """Close the connections at rest; those in use are closed when their requests end."""
        self._pool.close()

    def _pooled(self, request: httpx.Request) -> Outgoing | None:
        terms = _terms_of(request)
        terms.token.raise_if_cancelled()
        route = self._route(request, terms)
        connection = self._pool.take(route)
        if connection is None:
            return None
        connection.serve(terms)
        try:
            judge(route, connection.channel.address, terms)
            return self._begin(connection, request, terms)
        except BaseException:
            connection.settle(reusable=False)
            raise

    def _fresh(self, request: httpx.Request) -> Outgoing:
        terms = _terms_of(request)
        route = self._route(request, terms)
        connection = Connection(dial(route, terms, self._contexts), route, self._pool.give)
        try:
            return self._begin(connection, request, terms)
        except BaseException:
            connection.settle(reusable=False)
            raise

    def _begin(self, connection: Connection, request: httpx.Request, terms: Terms) -> Outgoing:
        dialogue = Dialogue(connection.route.label)
        target, headers = _addressed(connection.route, request)
        head = dialogue.ask(request.method.encode("ascii"), target, headers)
        is_chunked = "transfer-encoding" in request.headers
        length = None if is_chunked else int(request.headers.get("content-length", "0"))
        is_upload = request.method in _UPLOADS
        patience_s = terms.timeouts.answer_s if is_upload else terms.timeouts.idle_s
        return Outgoing(connection, head, dialogue, length=length, answer_s=patience_s, clock=self._clock)

    def _route(self, request: httpx.Request, terms: Terms) -> Route:
        return route_of(request.url, terms.tls, self._proxies, socket_path=terms.socket_path)


def _terms_of(request: httpx.Request) -> Terms:
    terms = request.extensions.get("terms")
    return terms if isinstance(terms, Terms) else Terms()


def _addressed(route: Route, request: httpx.Request) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Give the request target and the headers, as the route needs them (RFC 9112, section 3.2)."""
    target = request.extensions.get("target")
    if not isinstance(target, bytes):
        target = request.url.raw_path
    headers = request.headers.raw
    if route.proxy is not None and route.tls is None:
        target = b"http://" + request.headers["host"].encode("ascii") + target
        if route.proxy.authorization:
            headers = [*headers, (b"Proxy-Authorization", route.proxy.authorization.encode("latin-1"))]
    return target, headers


def _send(outgoing: Outgoing, pieces: Iterable[bytes]) -> httpx.Response:
    try:
        for piece in pieces:
            outgoing.write(piece)
        return outgoing.finish()
    except EarlyAnswer as early:
        return early.response
    except BaseException:
        outgoing.abort()
        raise
