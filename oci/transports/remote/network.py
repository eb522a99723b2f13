"""What all registries of a session share: one client, and what was learned of each registry."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ...frozen import replace
from ...net.client import Client
from ...net.proxy import ProxySettings
from ...net.terms import Timeouts
from ...net.transport import SocketTransport
from ...wire.retry import RetryRule
from .registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...content import Limits
    from ...settings import RegistriesConf, Settings
    from ..session import Session

ANSWER_PATIENCE: Final = 5
"""How many times longer than usual a registry may be silent that has a whole upload to hash."""

MIRROR_CONNECT_S: Final = 3.0
"""Seconds that making a connection to a mirror may take, where there is another place to ask."""

MAX_WARNINGS: Final = 100
"""Different texts that registries may pass on in one session; who says more is not listened to."""


class Network:
    """The client of a session, and its registries.

    Args:
        settings: Decide on proxies, patience and the name we go by.
        limits: Bounds on answers.
        trace: Is told of every request and its answer.
    """

    def __init__(self, settings: Settings, limits: Limits, trace: Callable[[str], None]) -> None:
        def client(retry: RetryRule, timeouts: Timeouts) -> Client:
            return Client(
                transport=SocketTransport(proxies=ProxySettings.parse(settings.proxies)),
                retry=retry,
                timeouts=timeouts,
                limits=limits,
                start_requests=settings.requests_at_once,
                user_agent=settings.user_agent,
                trace=trace,
            )

        timeouts = Timeouts(
            connect_s=settings.connect_timeout_s,
            idle_s=settings.idle_timeout_s,
            answer_s=settings.idle_timeout_s * ANSWER_PATIENCE,
        )
        brisk_s = min(settings.connect_timeout_s, MIRROR_CONNECT_S)
        self.client = client(RetryRule.of(settings.attempts, settings.retry_delay_s), timeouts)
        # A mirror is there to save time: who has another place to ask does not wait for it, nor try again.
        self._brisk_client = client(
            RetryRule(attempts=1), replace(timeouts, connect_s=brisk_s, handshake_s=brisk_s)
        )
        self.unreachable: set[str] = set()
        """Mirrors that could not be reached, by the names of their repositories."""
        self._lock = threading.Lock()
        self._warning = threading.Lock()
        self._warned: set[str] = set()
        # The two sides of a copy may know one registry under two logins: the settings belong to the key.
        self._settings: dict[int, tuple[Settings, Settings]] = {}
        self._registries: dict[tuple[str, int, bool, bool, bool], Registry] = {}

    def settings(self, session: Session) -> Settings:
        """Return a side's settings with ``registries.conf`` read, once for the whole session.

        Raises:
            InvalidSettings: One of its files cannot be read or understood.
        """
        key = id(session.settings)
        with self._lock:
            if key not in self._settings:
                self._settings[key] = (session.settings, session.settings.with_registries_read())
            return self._settings[key][1]

    def rules(self, session: Session) -> RegistriesConf:
        """Return what ``registries.conf`` says; raises what `settings` raises."""
        return self.settings(session).registries_conf()

    def registry(
        self,
        name: str,
        session: Session,
        *,
        is_insecure: bool = False,
        is_elsewhere: bool = False,
        is_spare: bool = False,
    ) -> Registry:
        """Return what is known of a registry, for one side of a transfer.

        Args:
            name: Its host, with its port if one was given.
            session: Settings of this side.
            is_insecure: Whether ``registries.conf`` lets it speak plain http, or show any certificate.
            is_elsewhere: Whether it is another one than the user named.
            is_spare: Whether there is another place to ask where this one fails.
        """
        settings = self.settings(session)
        key = (name, id(session.settings), is_insecure, is_elsewhere, is_spare)
        with self._lock:
            registry = self._registries.get(key)
            if registry is None:
                own = settings.for_place(name, is_insecure=is_insecure, is_elsewhere=is_elsewhere)
                registry = Registry(
                    name,
                    client=self.client_for(is_spare=is_spare),
                    settings=own,
                    token=session.token,
                    warn=self.telling_once(session.warn),
                )
                self._registries[key] = registry
            return registry

    def client_for(self, *, is_spare: bool) -> Client:
        """Return the client for a place: one that gives up soon where there is another place to ask."""
        return self._brisk_client if is_spare else self.client

    def telling_once(self, warn: Callable[[str], None]) -> Callable[[str], None]:
        """Return a function that passes each text on once in this session, one call at a time."""

        def tell(text: str) -> None:
            with self._warning:
                if text not in self._warned and len(self._warned) < MAX_WARNINGS:
                    self._warned.add(text)
                    warn(text)

        return tell

    def close(self) -> None:
        """Close the connections."""
        self.client.close()
        self._brisk_client.close()
