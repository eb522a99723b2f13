"""The tags of a repository: filtered by name, version and age, and described with digests and dates."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Final

from ..content import ListsNames
from ..errors import LimitExceeded, Unsupported
from ..frozen import frozen
from ..transfer.crew import Crew
from ..transfer.sync import TagFilter
from ..transfer.sync.choice import chosen
from ..transfer.sync.date import date_of
from ..transports.name import ImageName
from .place import Context, Places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..content import CancelToken, Limits, Source
    from ..spec import Descriptor

PARALLEL: Final = 6
"""Images that are looked at at once."""


@frozen
class TagEntry:
    """A tag, and what it stands for.

    Args:
        tag: The tag.
        descriptor: What it stands for: an index or a manifest.
        created_s: When the image was made, in seconds since 1970; None where nothing says it.
    """

    tag: str
    descriptor: Descriptor
    created_s: float | None


def find_tags(
    repository: str, wanted: TagFilter | None = None, *, context: Context | None = None
) -> tuple[str, ...]:
    """List the tags of a repository that are wanted.

    Args:
        repository: The place, without a tag or digest.
        wanted: Which; all of them unless something is said.
        context: Settings, cancelling, limits and warnings.

    Returns:
        The tags, in the order of the place; the newest first where the newest are wanted.

    Raises:
        Unsupported: The place has no list of names.
    """
    with Places(context or Context()) as places:
        return _Looking(repository, places, context or Context()).tags(wanted or TagFilter())


def describe_tags(
    repository: str, wanted: TagFilter | None = None, *, context: Context | None = None
) -> tuple[TagEntry, ...]:
    """List the tags of a repository that are wanted, with what each stands for; see `find_tags`.

    That takes one request for each tag, and one or two more where the date is told by an image's config.
    """
    with Places(context or Context()) as places:
        looking = _Looking(repository, places, context or Context())
        tags = looking.tags(wanted or TagFilter())
        looking.dates(tags)
        return tuple(looking.entries[tag] for tag in tags)


class _Looking:
    def __init__(self, repository: str, places: Places, context: Context) -> None:
        name = ImageName.parse(repository)
        self._source: Source = places.source(name)
        self._limits: Limits = context.limits
        self._token: CancelToken = places.token
        self._lock = threading.Lock()
        self.entries: dict[str, TagEntry] = {}

    def tags(self, wanted: TagFilter) -> tuple[str, ...]:
        """List the tags that are wanted."""
        return tuple(chosen(self._names(), wanted, self.dates))

    def dates(self, tags: list[str] | tuple[str, ...]) -> list[tuple[float, str]]:
        """Look at what tags stand for, each once; return when the images were made."""
        crew = Crew(PARALLEL, self._token)
        for tag in tags:
            if tag not in self.entries:
                crew.submit(partial(self._look, tag))
        crew.wait()
        return [(self.entries[tag].created_s or 0.0, tag) for tag in tags]

    def _look(self, tag: str) -> None:
        opened = self._source.open(tag)
        made = date_of(self._source, opened, platform=None, limits=self._limits)
        with self._lock:
            self.entries[tag] = TagEntry(tag, opened.descriptor, made or None)

    def _names(self) -> Iterator[str]:
        if not isinstance(self._source, ListsNames):
            raise Unsupported(f"{self._source.label}: has no list of names")
        for number, name in enumerate(self._source.names()):
            if number >= self._limits.names:
                raise LimitExceeded(limit="names", allowed=self._limits.names, where=self._source.label)
            yield name
