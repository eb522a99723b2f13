"""Both ways between this client and httpx; the one module that knows httpx, loaded by who asks for it.

`OfferedTransport` is our transport for a program's `httpx.Client`: the sockets, the pool and the rules on
addresses of `oci.net.transport`, under the interface that the program knows. `BroughtTransport` is the other
way round: a program's own `httpx.Client` or `httpx.BaseTransport` under `oci.net.client.Client`, for the sake
of its proxies, its certificates or its tests.

What was brought connects and verifies by itself. Unless it is ours again, so much is out of our hands:
`Terms.tls` is not looked at; a host can be judged before it is asked only where it is written as an address,
as behind a proxy, and otherwise by the address that its answer came from; cancelling is noticed between two
pieces of a body, at the latest after the idle limit. Redirects, retries and logins stay ours: it is asked for
none.
"""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING, Final

import httpx

from .. import errors
from ..content.closable import Closable
from ..wire.printable import printable
from ..wire.redirect import DEFAULT_PORTS, Origin
from .dial import judge
from .header import Headers
from .message import RawAnswer, RawRequest
from .pulled_upload import PulledUpload
from .route import route_of
from .terms import Terms
from .tls import tls_fault
from .url import Url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..content import ByteStream
    from ..content.cancellation import CancelToken
    from .message import RawUpload, Transport

__all__ = ["BroughtTransport", "OfferedTransport"]

_PIECE_BYTES: Final = 64 * 1024

_OURS: Final[tuple[tuple[type[Exception], type[errors.TransportError]], ...]] = (
    (httpx.TimeoutException, errors.Stalled),
    (httpx.ConnectError, errors.ConnectFailed),
    (httpx.ProxyError, errors.ConnectFailed),
    (httpx.TransportError, errors.ConnectionBroken),
)
_THEIRS: Final[tuple[tuple[type[errors.OciError], type[httpx.TransportError]], ...]] = (
    (errors.Stalled, httpx.ReadTimeout),
    (errors.ConnectionBroken, httpx.ReadError),
    (errors.TransportError, httpx.ConnectError),
    (errors.InvalidValue, httpx.LocalProtocolError),
    (errors.LimitExceeded, httpx.RemoteProtocolError),
)


class OfferedTransport(httpx.BaseTransport):
    """Our transport for an `httpx.Client`.

    It honours ``request.extensions["terms"]`` (`oci.net.terms.Terms`) and httpx's own ``target``. httpx's
    timeouts are not looked at; `oci.net.terms.Timeouts` says more. Its failures are httpx's, with ours as
    their causes.

    Args:
        transport: What carries the requests; it is closed with the client.
        terms: Tells under what terms a request travels that brings none.

    Example:
        >>> import httpx
        >>> from oci.net.transport import SocketTransport
        >>> client = httpx.Client(transport=OfferedTransport(SocketTransport()), trust_env=False)
        >>> client.close()
    """

    def __init__(self, transport: Transport, *, terms: Callable[[], Terms] = Terms) -> None:
        self._transport = transport
        self._terms = terms

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and wait for the head of its answer."""
        with _as_theirs(request):
            answer = self._transport.send(self._raw(request))
        return httpx.Response(
            answer.status,
            headers=list(answer.headers.raw),
            stream=_OfferedBody(answer.body, request),
            extensions={"http_version": b"HTTP/" + answer.version, "reason_phrase": answer.reason},
        )

    def close(self) -> None:
        """Close the connections at rest."""
        self._transport.close()

    def _raw(self, request: httpx.Request) -> RawRequest:
        url, stream = request.url, request.stream
        if url.scheme not in DEFAULT_PORTS:
            raise httpx.UnsupportedProtocol(f"{url.scheme}:// is neither http nor https", request=request)
        terms = request.extensions.get("terms")
        target = request.extensions.get("target", url.raw_path)
        port = url.port or DEFAULT_PORTS[url.scheme]
        assert isinstance(stream, httpx.SyncByteStream)
        return RawRequest(
            request.method,
            Url(Origin(url.scheme, url.raw_host.decode("ascii").strip("[]"), port), target.decode("ascii")),
            terms if isinstance(terms, Terms) else self._terms(),
            Headers.received(tuple(request.headers.raw)),
            request.read() if isinstance(stream, httpx.ByteStream) else stream,
        )


class _OfferedBody(httpx.SyncByteStream):
    """The body of our answer as httpx pulls it."""

    def __init__(self, body: ByteStream, request: httpx.Request) -> None:
        self._body = body
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        buffer = memoryview(bytearray(_PIECE_BYTES))
        with _as_theirs(self._request):
            while count := self._body.readinto(buffer):
                yield bytes(buffer[:count])

    def close(self) -> None:
        self._body.close()


class BroughtTransport(Closable):
    """What a program brought of httpx's, under our client; as the module describes.

    Args:
        brought: It is closed with the client. A client's own logins and redirects are not used.

    Example:
        >>> import httpx
        >>> from oci.net.client import Client
        >>> with Client(transport=BroughtTransport(httpx.Client())) as client:
        ...     pass
    """

    def __init__(self, brought: httpx.Client | httpx.BaseTransport) -> None:
        self._brought = brought

    def send(self, request: RawRequest) -> RawAnswer:
        """Send a request and wait for the head of its answer.

        Raises:
            TransportError: As its subclasses say.
            InvalidValue: A part of the request cannot be sent.
            Unsupported: It is for a unix socket.
            Cancelled: The request was cancelled.
        """
        terms = request.terms
        terms.token.raise_if_cancelled()
        if terms.socket_path is not None:
            raise errors.Unsupported(f"a client that was brought does not lead to unix://{terms.socket_path}")
        route = route_of(request.url, terms.tls, None)
        judge(route, None, terms)
        with _as_ours(route.label):
            response = self._carry(_sealed(request))
        body = _BroughtBody(response, terms.token, route.label)
        address = _address(response)
        try:
            if address is not None:
                judge(route, address, terms)
        except BaseException:
            body.close()
            raise
        headers = Headers.received(tuple(response.headers.raw))
        return RawAnswer(response.status_code, headers, body, address=address)

    def begin(self, request: RawRequest) -> RawUpload:
        """Begin a request whose body the caller writes; it is sent in a thread, which pulls it."""
        return PulledUpload(request, self.send)

    def close(self) -> None:
        """Close what was brought."""
        self._brought.close()

    def _carry(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self._brought, httpx.BaseTransport):
            return self._brought.handle_request(request)
        return self._brought.send(request, stream=True, auth=None, follow_redirects=False)


class _BroughtBody:
    """The body of httpx's answer as we read it."""

    def __init__(self, response: httpx.Response, token: CancelToken, host: str) -> None:
        assert isinstance(response.stream, httpx.SyncByteStream)
        self._response = response
        self._token = token
        self._host = host
        # The stream itself: the response would undo an encoding.
        self._pieces = iter(response.stream)
        self._piece = memoryview(b"")

    def readinto(self, buffer: memoryview, /) -> int:
        while not self._piece:
            self._token.raise_if_cancelled()
            with _as_ours(self._host):
                piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._piece = memoryview(piece)
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count

    def close(self) -> None:
        with contextlib.suppress(httpx.HTTPError):
            self._response.close()


def _sealed(request: RawRequest) -> httpx.Request:
    """Put a request into httpx's form: the target as it stands, since a query may be a signature."""
    timeouts = request.terms.timeouts
    limits = {
        "connect": timeouts.connect_s,
        "read": timeouts.answer_s if request.method in {"PUT", "PATCH"} else timeouts.idle_s,
        "write": timeouts.idle_s,
        "pool": None,
    }
    return httpx.Request(
        request.method,
        str(request.url),
        headers=request.fields(),
        content=request.content or None,
        extensions={
            "timeout": limits,
            "target": request.url.target.encode("ascii"),
            "terms": request.terms,
        },
    )


def _address(response: httpx.Response) -> str | None:
    """Tell the address that an answer came from, as far as that is known."""
    ask = getattr(response.extensions.get("network_stream"), "get_extra_info", None)
    try:
        peer = None if ask is None else ask("server_addr")
    except OSError:  # it has hung up already, and left its answer
        return None
    return str(peer[0]).partition("%")[0] if isinstance(peer, tuple) else None


@contextlib.contextmanager
def _as_ours(host: str) -> Iterator[None]:
    """Turn httpx's failures into ours."""
    try:
        yield
    except httpx.TransportError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, ssl.SSLError | errors.OciError):
            cause = cause.__cause__ or cause.__context__
        if cause is not None:
            raise (tls_fault(host, cause) if isinstance(cause, ssl.SSLError) else cause) from error
        text = printable(str(error), limit=120) or type(error).__name__
        kind = next(ours for theirs, ours in _OURS if isinstance(error, theirs))
        raise kind(f"{host}: {text}", host=host) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise errors.InvalidValue(f"cannot be sent to {host}: {printable(str(error), limit=120)}") from error


@contextlib.contextmanager
def _as_theirs(request: httpx.Request) -> Iterator[None]:
    """Turn our failures into httpx's."""
    try:
        yield
    except errors.OciError as error:
        for ours, theirs in _THEIRS:
            if isinstance(error, ours):
                raise theirs(error.message, request=request) from error
        raise
