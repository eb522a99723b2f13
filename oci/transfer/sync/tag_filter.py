"""Which tags of a repository are wanted, as far as their names say it, and in which order they are new; pure.

Patterns are searched for anywhere in a tag, as Go programs do it; what is to match the whole tag begins with
``^`` and ends with ``$``. Tags that only hold what is attached to an image by its digest are told apart here
too: they have no version and no age of their own.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Final

from ...errors import InvalidValue
from ...frozen import frozen
from .semver import Constraint, Version

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PATTERN: Final = 1000
"""Characters that a regular expression may have."""

_ATTACHED: Final = re.compile(r"[a-z0-9]{3,32}-[0-9a-f]{32,64}(\.(?:sig|att|sbom))?", re.ASCII)
_CLASSES: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}


@frozen
class Pattern:
    """A regular expression that has been understood.

    Args:
        text: As it was written.
    """

    text: str

    def __post_init__(self) -> None:
        _compiled(self.text)

    def is_in(self, tag: str) -> bool:
        """Tell whether it is found in a tag."""
        return _compiled(self.text).search(tag) is not None

    def __str__(self) -> str:
        return self.text


@frozen(kw_only=True)
class TagFilter:
    """What is wanted of a repository; everything unless something is said.

    Args:
        include: At least one of these must be found in the tag, where there are any.
        exclude: None of these may be found in it.
        semver: What the tag must satisfy as a version; what is no version does not.
        newest: How many are wanted at most, or None for all.
        by_date: Whether the newest are those whose images were made last, and not the highest versions.
        newer_than_s: When images must have been made at the earliest, in seconds since 1970, or None.
    """

    include: tuple[Pattern, ...] = ()
    exclude: tuple[Pattern, ...] = ()
    semver: Constraint | None = None
    newest: int | None = None
    by_date: bool = False
    newer_than_s: float | None = None

    def __post_init__(self) -> None:
        if self.newest is not None and self.newest < 1:
            raise InvalidValue(f"the newest {self.newest} images are none: ask for at least one")

    def matches(self, tag: str) -> bool:
        """Tell whether a tag is wanted, as far as its name says it."""
        if self.include and not any(pattern.is_in(tag) for pattern in self.include):
            return False
        if any(pattern.is_in(tag) for pattern in self.exclude):
            return False
        if self.semver is None and (self.newest is None or self.by_date):
            return True
        version = Version.parse(tag)
        return version is not None and (self.semver is None or self.semver.allows(version))

    @property
    def needs_dates(self) -> bool:
        """Whether the images themselves have to be looked at."""
        return self.newer_than_s is not None or (self.newest is not None and self.by_date)

    @property
    def is_streamable(self) -> bool:
        """Whether each tag can be judged without knowing the others."""
        return self.newest is None and not self.needs_dates

    def highest(self, tags: Iterable[str]) -> list[str]:
        """Return the wanted number of the highest versions, highest first; all tags where none was given.

        Args:
            tags: Tags that match.
        """
        if self.newest is None or self.by_date:
            return list(tags)
        import heapq

        versions = ((version.key, tag) for tag in tags if (version := Version.parse(tag)) is not None)
        return [tag for _, tag in heapq.nlargest(self.newest, versions)]

    def latest(self, dated: Iterable[tuple[float, str]]) -> list[str]:
        """Return what is wanted by date, the last first.

        Args:
            dated: When each image was made, in seconds since 1970, and its tag.
        """
        least = self.newer_than_s
        found = sorted(((made, tag) for made, tag in dated if least is None or made > least), reverse=True)
        if self.newest is not None and self.by_date:
            del found[self.newest :]
        return [tag for _, tag in found]


def is_attachment_tag(tag: str) -> bool:
    """Tell whether a tag is made of a digest: it holds what is attached to an image, and is none itself."""
    return _ATTACHED.fullmatch(tag) is not None


def is_fallback_tag(tag: str) -> bool:
    """Tell whether a tag is one that clients keep where a registry has no referrers API."""
    matched = _ATTACHED.fullmatch(tag)
    return matched is not None and matched[1] is None


def _compiled(text: str) -> re.Pattern[str]:
    if len(text) > MAX_PATTERN:
        raise InvalidValue(f"a regular expression has at most {MAX_PATTERN} characters")
    # What Go writes differently; everything else that Python does not know is refused.
    text = re.sub(r"\[:(\w+):\]", lambda found: _CLASSES.get(found[1], found[0]), text)
    text = re.sub(r"(?<!\\)((?:\\\\)*)\\z", r"\1\\Z", text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(text, re.ASCII)
    except (re.error, FutureWarning, DeprecationWarning, OverflowError, RecursionError) as error:
        raise InvalidValue(f"{text!r} is not a regular expression: {error}") from error
