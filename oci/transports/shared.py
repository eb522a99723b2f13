"""What the places of one call share: made once, by the first that needs it, and closed at the end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable


class Closes(Protocol):
    """Something that has to be closed."""

    def close(self) -> None:
        """Let go of what it holds."""


_Kept = TypeVar("_Kept", bound=Closes)


class Shared:
    """Keeps one thing of each kind, such as the client whose connections all registries use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[type[Closes], Closes] = {}

    def get(self, kind: type[_Kept], make: Callable[[], _Kept]) -> _Kept:
        """Return the one thing of a kind, made now if nobody needed it before.

        Args:
            kind: The kind.
            make: Makes it.
        """
        with self._lock:
            kept = self._kept.get(kind)
            if kept is None:
                kept = self._kept[kind] = make()
        assert isinstance(kept, kind)
        return kept

    def close(self) -> None:
        """Close everything that is kept."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), {}
        for each in kept:
            each.close()
