"""How many connections the large blobs of a transfer may read over at once, shared fairly among them."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

NEAR_S: Final = 0.010
"""A source that has answered within these seconds is near: its connections share one bottleneck."""

FAR_S: Final = 0.030
"""A source that never answered within these seconds is far: to make sure would cost more than it saves."""

SAMPLES: Final = 3
"""Small requests by which the distance is found out, after the first parts came slowly."""


class Connections:
    """Counts the connections of all fans (see `oci.transfer.ranged`).

    Each fan has at least one; beyond that, none has more than its share while others want some.

    Args:
        total: Connections for all fans together.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self._lock = threading.Lock()
        self._fans = 0
        self._used = 0
        self._measuring = threading.Lock()
        self._nearest_s = math.inf
        self._is_measured = False

    def answered_after(self, seconds: float) -> None:
        """Note how long the source took to begin an answer."""
        with self._lock:
            self._nearest_s = min(self._nearest_s, seconds)

    def are_far(self, latency: Callable[[], float]) -> bool:
        """Tell whether the source is so far away that several connections move more than one.

        The quickest of several answers tells the distance: on a busy machine a single one tells how long this
        process waited for its turn. It is found out once for all streams.

        Args:
            latency: Asks the source for next to nothing and returns the seconds until it answered.
        """
        with self._measuring:
            for _ in range(0 if self._is_measured else SAMPLES):
                if not NEAR_S <= self._nearest_s < FAR_S:
                    break
                self.answered_after(latency())
            self._is_measured = True
            return self._nearest_s >= NEAR_S

    def join(self) -> None:
        """Count one more fan."""
        with self._lock:
            self._fans += 1

    def leave(self) -> None:
        """Count one fan less; its connections are released one by one, by `release`."""
        with self._lock:
            self._fans -= 1

    def hire(self, have: int) -> bool:
        """Take a connection, if the fan that has so many may have one more."""
        with self._lock:
            if have and (self._used >= self.total or have >= self._share()):
                return False
            self._used += 1
            return True

    def surplus(self, have: int) -> bool:
        """Tell whether a fan that has so many should give one up, since others have come."""
        with self._lock:
            return have > self._share()

    def release(self) -> None:
        """Give a connection back."""
        with self._lock:
            self._used -= 1

    def _share(self) -> int:
        return max(1, -(-self.total // max(1, self._fans)))
