"""One registry: how it is reached and logged in to; shared by all of its repositories in a session."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final

from ...errors import ConnectFailed, TlsFailed, TransportError
from ...net.request import Request
from ...net.site import Site
from ...net.terms import Purpose
from ...wire import endpoint
from ...wire.redirect import origin_of
from .tls import TlsChoices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...content import CancelToken
    from ...net.answer import Answer
    from ...net.authenticator import Authenticator
    from ...net.client import Client
    from ...settings import Settings
    from ...settings.credential import Credential, HelperCall
    from ...wire.rate_limit import RateLimit
    from ...wire.token import TokenRequest


_AS_A_REGISTRY: Final = frozenset({200, 401})

_TOKEN_BYTES: Final = 256 * 1024
"""Bytes that a token server's answer may have."""


class Registry:
    """A registry under the name that the user gave it.

    Args:
        name: Its host, with its port if one was given.
        client: Sends the requests.
        settings: What the user has decided about it.
        token: Stops requests.
        warn: Is told where credentials are kept in a file that others can read.
    """

    def __init__(
        self,
        name: str,
        *,
        client: Client,
        settings: Settings,
        token: CancelToken,
        warn: Callable[[str], None],
    ) -> None:
        self.name = name
        self.max_chunk: int | None = None
        """Bytes that one request of an upload may carry, once the registry has refused more."""
        self.answers_head = True
        """Whether HEAD is of use here: to some registries it never is, and each failure would be repeated."""
        self.rate_limit: RateLimit | None = None
        """What it said last about the requests that it still answers."""
        self._client = client
        self._settings = settings
        self._token = token
        self._warn = warn
        self._lock = threading.Lock()
        self._reached: tuple[str, Site] | None = None
        self._login: Authenticator | None = None

    @property
    def base(self) -> str:
        """The registry's base URL; found out by asking, where the user allows plain http.

        Raises:
            TransportError: It cannot be reached.
        """
        return self._reach()[0]

    @property
    def site(self) -> Site:
        """What is known of the registry's host, for every request that is made for its sake."""
        return self._reach()[1]

    @property
    def login(self) -> Authenticator | None:
        """What is known about logging in; None as long as the registry has not asked for it."""
        return self._login

    def challenged(self) -> Authenticator:
        """Return what takes in a 401; loaded now, since many registries let everybody read."""
        from ...net.authenticator import Authenticator

        with self._lock:
            if self._login is None:
                self._login = Authenticator(
                    self.name,
                    candidates=self._candidates,
                    ask=self._ask_for_token,
                    cancel=self._token,
                )
            return self._login

    def reach(self) -> None:
        """Find out the base URL now, rather than with the first request.

        Raises:
            TransportError: It cannot be reached.
        """
        self._reach()

    def _reach(self) -> tuple[str, Site]:
        if (reached := self._reached) is not None:
            return reached
        with self._lock:
            if self._reached is None:
                self._reached = self._find()
            return self._reached

    def _find(self) -> tuple[str, Site]:
        first, *others = (self._at(scheme) for scheme in self._settings.security_of(self.name).schemes)
        if not others:
            return first
        if _is_loopback(origin_of(first[0]).host) and self._answers(*others[0]):
            # Nobody listens in on this machine's own loopback, and registries there hardly ever speak TLS.
            return others[0]
        try:
            self._ping(*first)
        except (TlsFailed, ConnectFailed) as error:
            if isinstance(error, TlsFailed) and error.reason != "not-tls":
                raise
            # The first failure is the one to tell of, where the second way leads nowhere either.
            try:
                self._ping(*others[0])
            except TransportError:
                raise error from None
            return others[0]
        return first

    def _at(self, scheme: str) -> tuple[str, Site]:
        base = endpoint.base_url(self.name, plain_http=scheme == "http")
        choices = TlsChoices(self.name, origin_of(base).host, self._settings)
        return base, Site(base, tls=choices.choice)

    def _answers(self, base: str, site: Site) -> bool:
        """Whether a registry answers there; a server that wanted TLS complains of the request."""
        try:
            return self._ping(base, site) in _AS_A_REGISTRY
        except TransportError:
            return False

    def _ping(self, base: str, site: Site) -> int:
        answer = self._client.send(
            Request(method="GET", url=endpoint.ping(base), site=site), token=self._token
        )
        return answer.status

    def _candidates(self, repository: str) -> Iterator[Credential | HelperCall]:
        for found in self._settings.credentials_for(self.name, repository):
            exposure = self._settings.exposure_of(found)
            if exposure:
                self._warn(exposure)
            yield found

    def _ask_for_token(self, request: TokenRequest) -> Answer:
        fields = {"Accept": "application/json"}
        if request.authorization:
            fields["Authorization"] = request.authorization
        if request.body is not None:
            fields["Content-Type"] = "application/x-www-form-urlencoded"
        asking = Request(
            method=request.method,
            url=request.url,
            site=self.site,
            headers=fields,
            content=request.body,
            purpose=Purpose.REALM,
            follows=False,
        )
        return self._client.send(asking, token=self._token, limit_bytes=_TOKEN_BYTES)


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or re.fullmatch(r"127(\.[0-9]{1,3}){3}", host) is not None
