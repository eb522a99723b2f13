"""What a destination lists, so that nobody has to ask for names that are not there; found out once.

Usually it is asked for while the source is listed. Where images have to be judged, it is asked for when the
first of them is let in: what is rejected does not reach the destination at all.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Inventory:
    """The names at one destination; used from several threads.

    Args:
        look: Lists them; returns None where that is too much, or cannot be told.
    """

    def __init__(self, look: Callable[[], frozenset[str] | None]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._is_known = False
        self._names: frozenset[str] | None = None

    def names(self) -> frozenset[str] | None:
        """Return the names; None where they are not known."""
        with self._lock:
            if not self._is_known:
                self._names = self._look()
                self._is_known = True
            return self._names

    def may_have(self, name: object) -> bool:
        """Tell whether the destination may have a name."""
        names = self.names()
        return names is None or name in names
