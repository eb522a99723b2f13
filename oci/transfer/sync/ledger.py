"""What is known to be where at one destination, and what is just on its way there.

A registry's repositories share one ledger: content that several images have in common is asked for and moved
once for each repository, and once it is in one of them, the others take it over from there. Nobody waits in a
thread for somebody else's transfer: who finds one under way raises `Postponed`, and comes back when it ended.

The memory of the ledger is bounded. What it has forgotten is asked for again; nothing worse comes of it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...content import Sink
    from ...spec import Digest

MAX_ENTRIES: Final = 20_000
"""Contents that are remembered."""

MAX_HOMES: Final = 64
"""Repositories in which the same content is remembered to be."""


@dataclass(slots=True)
class _Entry:
    """What is known of one content.

    Args:
        homes: Where it is, by the label of the place.
        busy: The labels of the places that it is on its way to.
        waiting: Who wants to know when one of them has it.
    """

    homes: dict[str, Sink] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    waiting: list[Callable[[], None]] = field(default_factory=list)


class Postponed(Exception):
    """Somebody else is at it: the task is to be run again after that.

    Args:
        ledger: Knows when.
        digest: The content.
    """

    def __init__(self, ledger: Ledger, digest: Digest) -> None:
        super().__init__(str(digest))
        self._ledger = ledger
        self._digest = digest

    def then(self, again: Callable[[], None]) -> None:
        """Have something called when the transfer has ended, at once if it has; in any thread."""
        self._ledger.wait(self._digest, again)


class Claim:
    """The duty to bring one content to one place; exactly one of `done` and `give_up` ends it.

    Args:
        ledger: Where it is entered.
        place: The place.
        digest: The content.
        origin: Another place of the same destination that has it, or None.
    """

    def __init__(self, ledger: Ledger, place: Sink, digest: Digest, origin: Sink | None) -> None:
        self._ledger = ledger
        self._place = place
        self._digest = digest
        self.origin = origin

    def done(self) -> None:
        """Say that the place has it now."""
        self._ledger.settle(self._place, self._digest, has_it=True)

    def give_up(self) -> None:
        """Say that it did not get there; the next one may try."""
        self._ledger.settle(self._place, self._digest, has_it=False)


class Ledger:
    """Knows what is where; used from several threads.

    Args:
        shares: Whether its places may take content over from one another.
    """

    def __init__(self, *, shares: bool) -> None:
        self.shares = shares
        self._lock = threading.Lock()
        self._entries: OrderedDict[Digest, _Entry] = OrderedDict()

    def claim(self, place: Sink, digest: Digest) -> Claim | None:
        """Take it upon oneself to bring something to a place.

        Args:
            place: The place.
            digest: What.

        Returns:
            The duty; None where the place has it already.

        Raises:
            Postponed: Somebody else is bringing it there, or to where this place can take it over from.
        """
        with self._lock:
            entry = self._entries.setdefault(digest, _Entry())
            self._entries.move_to_end(digest)
            if place.label in entry.homes:
                return None
            origin = next(iter(entry.homes.values()), None) if self.shares else None
            if place.label in entry.busy or (self.shares and entry.busy and origin is None):
                raise Postponed(self, digest)
            entry.busy.add(place.label)
            return Claim(self, place, digest, origin)

    def stop_sharing(self) -> None:
        """Take note that the destination takes nothing over."""
        self.shares = False

    def wait(self, digest: Digest, again: Callable[[], None]) -> None:
        """Have something called when a transfer has ended, at once if none is under way."""
        with self._lock:
            entry = self._entries.get(digest)
            if entry is not None and entry.busy:
                entry.waiting.append(again)
                return
        again()

    def settle(self, place: Sink, digest: Digest, *, has_it: bool) -> None:
        """Note how a transfer ended, and tell those who wait for it."""
        with self._lock:
            entry = self._entries[digest]
            entry.busy.discard(place.label)
            if has_it and len(entry.homes) < MAX_HOMES:
                entry.homes[place.label] = place
            waiting, entry.waiting = entry.waiting, []
            self._forget_oldest()
        for again in waiting:
            again()

    def _forget_oldest(self) -> None:
        for _ in range(len(self._entries) - MAX_ENTRIES):
            digest, entry = next(iter(self._entries.items()))
            if entry.busy or entry.waiting:
                self._entries.move_to_end(digest)
            else:
                del self._entries[digest]
