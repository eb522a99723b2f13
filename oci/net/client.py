"""The client: requests with their retries, their redirects, and the limit of each host.

There is one for a process or a session, and all requests of all registries go through it, so that connections
and limits are shared. It knows HTTP, and nothing of registries: any status is an answer, and what it means is
its caller's business. Authentication stands on top of it.

A request is repeated when its connection broke, when the peer stood still, or when the answer says
"later"; not when a host that has never answered cannot be reached, since that is mostly a wrong name. A
request that was redirected begins again at its own URL: what a redirect names has often expired by then.
"""

from __future__ import annotations

import threading
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Final, TypeVar

from .. import errors
from ..content.cancellation import CancelToken
from ..content.closable import Closable
from ..content.limits import Limits
from ..frozen import replace
from ..wire.printable import printable
from ..wire.redact import redacted
from ..wire.redirect import keeps_authorization, next_url, origin_of
from ..wire.retry import RetryRule, delay_s, is_retryable, retry_after_s
from .answer import Answer, StreamAnswer, read_answer
from .clock import Clock
from .gate import MAX_REQUESTS, START_REQUESTS, Gate
from .header import Headers
from .message import RawRequest
from .terms import Purpose, Terms, Timeouts
from .transport import SocketTransport
from .upload import Upload
from .url import Url

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..wire.redirect import Origin
    from .gate import Slot
    from .message import RawAnswer, Transport
    from .request import Request
    from .tls_choice import TlsChoice

__all__ = ["Client"]

_Answered = TypeVar("_Answered", Answer, StreamAnswer)

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_THROTTLED: Final = frozenset({429, 503})
_CERTIFICATE_REFUSED: Final = frozenset({"client-certificate", "protocol"})
"""Reasons of `TlsFailed` for which another certificate of ours may do; TLS 1.2 does not tell them apart."""
_SECRETS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})


class Client(Closable):
    """Sends requests; for several threads at once, and a context manager.

    Args:
        transport: What they go over; it is closed with the client.
        retry: How often and how patiently requests are repeated.
        timeouts: How long they may stand still.
        limits: How large answers may be, and how many redirects are followed.
        start_requests: Requests that a host gets at once at first.
        max_requests: Requests that it gets at once at most.
        user_agent: How we introduce ourselves.
        clock: Time and chance.
        trace: Is told of every request and its answer, in one line each; no header and no query is in it.
    """

    def __init__(
        self,
        *,
        transport: Transport | None = None,
        retry: RetryRule | None = None,
        timeouts: Timeouts | None = None,
        limits: Limits | None = None,
        start_requests: int = START_REQUESTS,
        max_requests: int = MAX_REQUESTS,
        user_agent: str = "ocitool",
        clock: Clock | None = None,
        trace: Callable[[str], None] | None = None,
    ) -> None:
        self._trace = trace
        self._transport: Transport = transport or SocketTransport()
        self._retry = retry or RetryRule()
        self._timeouts = timeouts or Timeouts()
        self._limits = limits or Limits()
        self._fields = {"User-Agent": user_agent, "Accept-Encoding": "identity"}
        self._clock = clock or Clock()
        self._new_gate = partial(Gate, start=start_requests, maximum=max_requests, clock=self._clock)
        self._gates: dict[Origin, Gate] = {}
        self._gates_lock = threading.Lock()
        self._answered: set[Origin] = set()
        self._accepted: dict[TlsChoice, TlsChoice] = {}
        """Of a choice with several certificates of ours, the one that its host has accepted."""

    def send(
        self,
        request: Request,
        *,
        token: CancelToken | None = None,
        limit_bytes: int | None = None,
        limit_name: str = "answer_bytes",
    ) -> Answer:
        """Send a request and read its answer, whatever the status.

        Args:
            request: The request.
            token: Cancelling it ends the call at once.
            limit_bytes: Bytes that the body may have; ``Limits.answer_bytes`` if None.
            limit_name: The limit's name, for the error.

        Raises:
            TransportError: No answer, or an unusable one, after all attempts; as its subclasses say.
            LimitExceeded: The answer is too large.
            Unsupported: Its body is compressed, which was not asked for.
            Cancelled: The token was cancelled.
        """
        allowed = self._limits.answer_bytes if limit_bytes is None else limit_bytes
        read = partial(read_answer, limit_bytes=allowed, limit_name=limit_name)
        return self._repeat(request, token or CancelToken(), read)

    def stream(self, request: Request, *, token: CancelToken | None = None) -> StreamAnswer:
        """Send a request, and leave the body of its answer to the caller, whatever the status.

        What happens to the body is the caller's business: it is not read again if it breaks off.

        Args:
            request: The request.
            token: Cancelling it ends the call, and the reading of the body, at once.

        Raises:
            TransportError: No answer after all attempts; as its subclasses say.
            Unsupported: Its body is compressed, which was not asked for.
            Cancelled: The token was cancelled.
        """
        return self._repeat(request, token or CancelToken(), StreamAnswer)

    def upload(self, request: Request, size_bytes: int | None, *, token: CancelToken | None = None) -> Upload:
        """Begin a request whose body the caller writes. It is neither repeated nor redirected here.

        Args:
            request: The request; its own content is not looked at.
            size_bytes: Bytes that will be written; None to send the body in chunks.
            token: Cancelling it ends the upload at once.

        Raises:
            TransportError: No connection; as its subclasses say.
            Cancelled: The token was cancelled.
        """
        token = token or CancelToken()
        framing = {"Content-Length": str(size_bytes)} if size_bytes is not None else _CHUNKED
        request = replace(request, headers={**request.headers, **framing}, content=None)
        origin = origin_of(request.url)
        self._tell(request, "the body follows")
        with self.gate(origin).slot(token) as slot:
            choice = request.site.tls(origin)
            choice = self._accepted.get(choice) or choice.offers[0]
            outgoing = self._transport.begin(self._raw(request, origin, token, choice))
        return Upload(outgoing, request.url, partial(self._hear, origin, slot))

    def gate(self, origin: Origin) -> Gate:
        """Give the gate of a host: its limit tells how many transfers with it are worth having at once."""
        with self._gates_lock:
            gate = self._gates.get(origin)
            if gate is None:
                gate = self._gates[origin] = self._new_gate()
            return gate

    def close(self) -> None:
        """Close the connections at rest; those in use are closed when their requests end."""
        self._transport.close()

    def _repeat(
        self, request: Request, token: CancelToken, use: Callable[[RawAnswer, str], _Answered]
    ) -> _Answered:
        """Send a request until its answer is usable or the attempts are used up."""
        origin = origin_of(request.url)
        for failures in count(1):
            is_last = failures >= self._retry.attempts
            retry_after = None
            try:
                answer = use(*self._follow(request, token))
            except errors.TransportError as error:
                if is_last or not self._may_pass(error, origin):
                    raise
            else:
                if is_last or not is_retryable(answer.status):
                    return answer
                retry_after = retry_after_s(answer.headers, self._clock.now())
                answer.close()
            self._clock.pause(token, delay_s(self._retry, failures, retry_after, self._clock.jitter()))
            token.raise_if_cancelled()
        raise AssertionError

    def _may_pass(self, error: errors.TransportError, origin: Origin) -> bool:
        """Whether a failure may have passed by the next attempt."""
        if isinstance(error, errors.ConnectionBroken):
            return True
        is_passing = isinstance(error, errors.ConnectFailed | errors.Stalled) or (
            isinstance(error, errors.TlsFailed) and error.reason == "closed"
        )
        return is_passing and origin in self._answered

    def _follow(self, request: Request, token: CancelToken) -> tuple[RawAnswer, str]:
        """Send a request, and go where its answers lead."""
        seen = {request.url}
        while True:
            response = self._send(request, token)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or location is None or not request.follows:
                return response, request.url
            response.close()
            url = next_url(request.url, location)
            if url in seen or len(seen) > self._limits.redirects:
                what = "in a circle" if url in seen else f"on more than {self._limits.redirects} times"
                message = f"{redacted(request.url)}: is redirected {what}"
                raise errors.AddressRefused(message, host=origin_of(url).host)
            seen.add(url)
            request = _redirected(request, url, response.status)

    def _send(self, request: Request, token: CancelToken) -> RawAnswer:
        """Send a request once, when its host may be asked; of several certificates of ours, one fits."""
        origin = origin_of(request.url)
        choice = request.site.tls(origin)
        known = self._accepted.get(choice)
        *others, last = (known,) if known else choice.offers
        for offer in others:
            try:
                response = self._send_as(request, origin, token, offer)
            except errors.TlsFailed as error:
                if error.reason not in _CERTIFICATE_REFUSED:
                    raise
            else:
                self._accepted[choice] = offer
                return response
        response = self._send_as(request, origin, token, last)
        self._accepted[choice] = last
        return response

    def _send_as(self, request: Request, origin: Origin, token: CancelToken, choice: TlsChoice) -> RawAnswer:
        with self.gate(origin).slot(token) as slot:
            try:
                response = self._transport.send(self._raw(request, origin, token, choice))
            except errors.TransportError as error:
                self._tell(request, error.message)
                raise
        self._tell(request, response)
        self._hear(origin, slot, response)
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", ""} and request.method != "HEAD" and response.status < 400:
            response.close()
            message = f"{redacted(request.url)}: the body is encoded ({printable(encoding, limit=40)})"
            raise errors.Unsupported(message, hint="something between us and the registry compresses answers")
        return response

    def _tell(self, request: Request, said: RawAnswer | str) -> None:
        """Tell of a request, where somebody listens: to put all of them into words takes time."""
        if self._trace is not None:
            text = said if isinstance(said, str) else _shown(said)
            self._trace(f"{request.method} {redacted(request.url)}: {text}")

    def _hear(self, origin: Origin, slot: Slot, response: RawAnswer) -> None:
        """Take from an answer what concerns all requests to its host."""
        self._answered.add(origin)
        if response.status not in _THROTTLED:
            slot.succeeded()
            return
        asked = retry_after_s(response.headers, self._clock.now())
        pause_s = self._retry.base_s * self._clock.jitter() if asked is None else asked
        slot.throttled(min(pause_s, self._retry.retry_after_cap_s))

    def _raw(self, request: Request, origin: Origin, token: CancelToken, choice: TlsChoice) -> RawRequest:
        """Put a request into the form in which it is sent."""
        terms = Terms(
            token=token,
            purpose=request.purpose,
            permit=request.site.permit,
            tls=choice,
            timeouts=self._timeouts,
            socket_path=request.site.socket_path if origin == request.site.origin else None,
        )
        try:
            headers = Headers({**self._fields, **request.headers}.items())
        except errors.InvalidValue as error:
            raise errors.InvalidValue(f"{redacted(request.url)}: {error.message}") from error
        return RawRequest(request.method, Url.parse(request.url), terms, headers, request.content or b"")


_CHUNKED: Final = {"Transfer-Encoding": "chunked"}


def _shown(response: RawAnswer) -> str:
    """Put an answer into a few words."""
    kind = response.headers.get("content-type", "")
    size = response.headers.get("content-length", "")
    words = [str(response.status), kind and printable(kind, limit=100), size and f"{size[:20]} bytes"]
    return ", ".join(word for word in words if word)


def _redirected(request: Request, url: str, status: int) -> Request:
    """Turn a request to where its answer leads; secrets stay with the origin they were meant for."""
    headers = request.headers
    if not keeps_authorization(request.url, url):
        headers = {name: value for name, value in headers.items() if name.lower() not in _SECRETS}
    if status == 303 and request.method != "HEAD":
        request = replace(request, method="GET", content=None)
    return replace(request, url=url, headers=headers, purpose=Purpose.REDIRECT)
