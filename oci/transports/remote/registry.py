"""One registry: how it is reached and logged in to; shared by all of its repositories in a session."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...errors import TransportError
from ...net.authenticator import Authenticator
from ...net.request import Request
from ...net.site import Site
from ...net.terms import Purpose
from ...net.tls import TlsChoice
from ...wire import endpoint
from ...wire.token import MAX_ANSWER

if TYPE_CHECKING:
    from ...content import CancelToken
    from ...net.answer import Answer
    from ...net.client import Client
    from ...settings import Settings
    from ...wire.redirect import Origin
    from ...wire.token import TokenRequest


class Registry:
    """A registry under the name that the user gave it.

    Args:
        name: Its host, with its port if one was given.
        client: Sends the requests.
        settings: What the user has decided about it.
        token: Stops requests.
    """

    def __init__(self, name: str, *, client: Client, settings: Settings, token: CancelToken) -> None:
        self.name = name
        self.max_chunk: int | None = None
        """Bytes that one request of an upload may carry, once the registry has refused more."""
        self._client = client
        self._settings = settings
        self._token = token
        self._lock = threading.Lock()
        self._reached: tuple[str, Site] | None = None
        self.authenticator = Authenticator(
            name,
            candidates=lambda repository: settings.credentials_for(name, repository),
            ask=self._ask_for_token,
            cancel=token,
        )

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

    def _reach(self) -> tuple[str, Site]:
        with self._lock:
            if self._reached is None:
                self._reached = self._find()
            return self._reached

    def _find(self) -> tuple[str, Site]:
        first, *others = (self._at(scheme) for scheme in self._settings.security_of(self.name).schemes)
        if not others:
            return first
        try:
            self._ping(*first)
        except TransportError as error:
            # The first failure is the one to tell of, where the second way leads nowhere either.
            try:
                self._ping(*others[0])
            except TransportError:
                raise error from None
            return others[0]
        return first

    def _at(self, scheme: str) -> tuple[str, Site]:
        base = endpoint.base_url(self.name, plain_http=scheme == "http")
        return base, Site(base, tls=self._tls)

    def _tls(self, origin: Origin) -> TlsChoice:
        """Say how a host is verified: this registry as the user wishes, others by what is set for them."""
        own = self._reached[1].origin if self._reached else None
        host = self.name if own in {None, origin} else origin.host
        return TlsChoice.of(self._settings.security_of(host), self._settings.certificates_for(host))

    def _ping(self, base: str, site: Site) -> None:
        self._client.send(Request(method="GET", url=endpoint.ping(base), site=site), token=self._token)

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
            purpose=Purpose.TOKEN,
            follows=False,
        )
        return self._client.send(asking, token=self._token, limit_bytes=MAX_ANSWER)
