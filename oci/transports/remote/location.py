"""Where a name leads: the repositories that ``registries.conf`` names for it, and what it blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exchange import Exchange
from .repository import RemoteRepository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...settings import PullSource, RegistriesConf
    from ...spec import Reference
    from ..session import Session
    from .network import Network


class Locations:
    """The places of one repository.

    Args:
        named: The repository as the user named it.
        network: What the registries of the session share.
        session: Settings of this side.

    Raises:
        InvalidSettings: ``registries.conf`` cannot be understood.
    """

    def __init__(self, named: Reference, network: Network, session: Session) -> None:
        self.named = named
        self._network = network
        self._session = session
        self._rules: RegistriesConf = network.rules(session)
        self.warn = network.telling_once(session.warn)
        for key in self._rules.ignored:
            self.warn(f"{key} is not known to this version, and is ignored")

    def to_read(self, reference: Reference) -> tuple[PullSource, ...]:
        """Return where to read an image, the first place to be asked first.

        Raises:
            Forbidden: All of them are blocked.
            InvalidSettings: A rule leads nowhere.
        """
        return self._allowed(self._rules.pull_sources(reference), reference)

    def own(self, reference: Reference) -> PullSource:
        """Return the place that has the image's name: it is written to, and has all tags.

        Raises:
            Forbidden: It is blocked.
        """
        return self._allowed((self._rules.own(reference),), reference)[0]

    def is_read_elsewhere(self, reference: Reference) -> bool:
        """Tell whether the rule for an image names other places to read it in, whatever they are used for."""
        rule = self._rules.rule_for(str(reference))
        return rule is not None and bool(rule.mirrors or rule.location)

    def repository(
        self, place: PullSource, *, writes: bool = False, is_spare: bool = False
    ) -> RemoteRepository:
        """Open the repository of a place; nothing is asked before something is wanted of it.

        Args:
            place: The place.
            writes: Whether it is written to.
            is_spare: Whether there is another place to ask where this one fails.
        """
        reference = place.reference
        registry = self._network.registry(
            reference.registry,
            self._session,
            is_insecure=place.is_insecure,
            is_elsewhere=reference.registry != self.named.registry,
            is_spare=is_spare,
        )
        exchange = Exchange(
            registry,
            reference.repository,
            client=self._network.client_for(is_spare=is_spare),
            token=self._session.token,
            limits=self._session.limits,
            writes=writes,
            warn=self.warn,
        )
        is_named = reference.name == self.named.name
        return RemoteRepository(exchange, "" if is_named else exchange.label)

    @staticmethod
    def _allowed(places: Sequence[PullSource], reference: Reference) -> tuple[PullSource, ...]:
        allowed = tuple(place for place in places if place.blocked_by is None)
        rule = places[-1].blocked_by
        if allowed or rule is None:
            return allowed
        raise rule.refusal(str(reference))
