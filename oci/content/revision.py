"""Changing what a name stands for without losing what somebody else has made of it meanwhile.

Some documents are lists that many write to: the index of referrers under a fallback tag, the manifest of
signatures under cosign's tag. Each change is made to what was just read, is written on the condition that the
name still stands for that, where the place knows conditions, and is read back, since many know none.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, runtime_checkable

from ..errors import Locked, NotFound
from .sink import Locks

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..spec import Descriptor
    from .sink import Sink
    from .source import Opened

MAX_REWRITES: Final = 8
"""Times that a change is made again, after somebody else's write took it out or came before it."""


class Seen(NamedTuple):
    """What a name stood for when it was looked at."""

    name: str
    opened: Opened | None
    """The document, or None where there was no such name."""
    mark: str = ""
    """By which the place knows this state again; empty where it gives no such mark."""


@runtime_checkable
class Revises(Protocol):
    """A place that can set a name on the condition that it is what it was."""

    @property
    def label(self) -> str:
        """How people write the place; for messages."""

    def look(self, name: str) -> Seen:
        """Find out what a name stands for now."""

    def replace(self, seen: Seen, descriptor: Descriptor, content: bytes) -> bool:
        """Publish a document in place of what was seen.

        Returns:
            False where the name stands for something else by now: nothing has been changed. True says little
            about a place that gives no marks; look again.
        """


def revise(
    place: Revises, name: str, amended: Callable[[Opened | None], tuple[Descriptor, bytes] | None]
) -> None:
    """Change the document that a name stands for, until the change is in it.

    Args:
        place: Where it is.
        name: The name.
        amended: Returns what to write in place of a document, or of nothing, and None where nothing is left
            to change; may be called several times.

    Raises:
        Locked: Others keep replacing it.
    """
    for _ in range(MAX_REWRITES):
        seen = place.look(name)
        wanted = amended(seen.opened)
        if wanted is None:
            return
        place.replace(seen, *wanted)
    if amended(place.look(name).opened) is None:
        return
    raise Locked(
        f"{place.label}:{name}: others keep replacing it", path=name, hint="do it again when they are done"
    )


def reviser_of(sink: Sink) -> Revises:
    """Return what changes names in a place, on conditions if the place knows them."""
    return sink if isinstance(sink, Revises) else _Plain(sink)


class _Plain:
    """Changes names in a place without conditions; keeps others out meanwhile where that is possible."""

    def __init__(self, sink: Sink) -> None:
        self.label = sink.label
        self._sink = sink

    def look(self, name: str) -> Seen:
        try:
            return Seen(name, self._sink.open(name))
        except NotFound:
            return Seen(name, None)

    def replace(self, seen: Seen, descriptor: Descriptor, content: bytes) -> bool:
        with self._sink.lock() if isinstance(self._sink, Locks) else nullcontext():
            if self.look(seen.name).opened != seen.opened:
                return False
            self._sink.publish(descriptor, content, (seen.name,))
            return True
