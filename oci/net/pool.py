"""Connections at rest, kept for the next request to the same place.

The one that rested last is taken first, so that the others grow old and can be closed. A connection on
which the peer has hung up, or said something while nobody asked, is dropped when its turn comes, without the
caller seeing it. There is no thread that cleans up: the old are found when somebody takes or gives.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from .connection import Connection
    from .route import Route

__all__ = ["MAX_IDLE_PER_ROUTE", "MAX_IDLE_S", "Pool"]

MAX_IDLE_PER_ROUTE: Final = 32
"""Connections to one place that are kept at rest."""
MAX_IDLE_S: Final = 60.0
"""How long one of them is kept, in seconds; many servers hang up not much later."""


class Pool:
    """Connections at rest, by route; for several threads at once.

    Args:
        max_idle_per_route: Connections to one place that are kept.
        max_idle_s: How long each is kept, in seconds.
        clock: Tells the time in seconds.
    """

    def __init__(
        self,
        *,
        max_idle_per_route: int = MAX_IDLE_PER_ROUTE,
        max_idle_s: float = MAX_IDLE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._max_idle_per_route = max_idle_per_route
        self._max_idle_s = max_idle_s
        self._clock = clock
        self._lock = threading.Lock()
        self._resting: dict[Route, list[Connection]] = {}
        self._closed = False

    def take(self, route: Route) -> Connection | None:
        """Take the connection that rested last, if one still stands; None if a new one is needed."""
        while True:
            with self._lock:
                aged = self._remove_aged()
                resting = self._resting.get(route)
                connection = resting.pop() if resting else None
            _close(aged)
            if connection is None or connection.channel.is_quiet():
                return connection
            connection.channel.close()

    def give(self, connection: Connection) -> None:
        """Let a connection rest; closes it, or the oldest of its kind, if there are too many."""
        connection.idle_since = self._clock()
        with self._lock:
            dropped = self._remove_aged()
            if self._closed:
                dropped.append(connection)
            else:
                resting = self._resting.setdefault(connection.route, [])
                resting.append(connection)
                dropped += resting[: -self._max_idle_per_route]
                del resting[: -self._max_idle_per_route]
        _close(dropped)

    def close(self) -> None:
        """Close what rests, and from now on whatever is given."""
        with self._lock:
            self._closed = True
            dropped = [each for resting in self._resting.values() for each in resting]
            self._resting.clear()
        _close(dropped)

    def _remove_aged(self) -> list[Connection]:
        oldest = self._clock() - self._max_idle_s
        aged: list[Connection] = []
        for route in list(self._resting):
            resting = self._resting[route]
            aged += [each for each in resting if each.idle_since < oldest]
            resting[:] = [each for each in resting if each.idle_since >= oldest]
            if not resting:
                del self._resting[route]
        return aged


def _close(connections: list[Connection]) -> None:
    # Outside the lock: closing is a system call.
    for each in connections:
        each.channel.close()
