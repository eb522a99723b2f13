"""Versions and constraints on them, by which tags are chosen: pure, and strict about constraints.

A tag is read leniently (``v1.2`` is 1.2.0), a constraint as Go programs read theirs: ``||`` between
alternatives, commas or blanks between what must all hold, ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``~``
(the same minor), ``^`` (the same major), ``x`` and ``*`` for any number, ``1.2 - 1.4`` for a range. What has
a pre-release satisfies only a constraint that has one too. Precedence is that of semver.org, section 11.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ...errors import InvalidValue
from ...frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_TEXT: Final = 512
"""Characters that a constraint may have."""

_EXTRA: Final = (
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"  # the pre-release
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"  # what it was built from: no part in precedence
)
_NUMBER: Final = r"[0-9]{1,18}"
_VERSION: Final = re.compile(rf"[vV]?({_NUMBER})(?:\.({_NUMBER}))?(?:\.({_NUMBER}))?{_EXTRA}", re.ASCII)
_PART: Final = rf"(?:{_NUMBER}|[xX*])"
_PATTERN: Final = rf"v?({_PART})(?:\.({_PART}))?(?:\.({_PART}))?{_EXTRA}"
_TERM: Final = re.compile(rf"\s*(=>|>=|=<|<=|!=|~>|[=<>~^])?\s*{_PATTERN}(?=[\s,]|$)[\s,]*", re.ASCII)
_RANGE: Final = re.compile(r"(\S+)\s+-\s+(\S+)")


@frozen
class Version:
    """A version; ordered by precedence with `key`.

    Args:
        major: What changes with incompatible changes.
        minor: What changes with additions.
        patch: What changes with repairs.
        prerelease: The identifiers of a pre-release, or an empty tuple.
    """

    major: int
    minor: int = 0
    patch: int = 0
    prerelease: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """Read a version leniently; None for a text that is none."""
        matched = _VERSION.fullmatch(text) if len(text) <= MAX_TEXT else None
        if matched is None:
            return None
        identifiers = tuple(matched[4].split(".")) if matched[4] else ()
        if any(each.isdigit() and len(each) > 1 and each.startswith("0") for each in identifiers):
            return None
        return cls(int(matched[1]), int(matched[2] or 0), int(matched[3] or 0), identifiers)

    @property
    def key(self) -> tuple[object, ...]:
        """What versions are sorted by: numbers before words, a release after all of its pre-releases."""
        identifiers = tuple(
            (0, int(each), "") if each.isdigit() else (1, 0, each) for each in self.prerelease
        )
        return self.major, self.minor, self.patch, not self.prerelease, identifiers

    def precedes(self, other: Version) -> bool:
        """Tell whether another version is the newer one."""
        return self.key < other.key


@frozen
class Term:
    """One comparison.

    Args:
        operator: How to compare.
        version: With what; zeros for what was left open.
        given: How many of the three numbers were written: 3 for all, 0 for ``*``.
    """

    operator: str
    version: Version
    given: int

    def allows(self, version: Version) -> bool:
        """Tell whether a version satisfies the term."""
        if version.prerelease and not self.version.prerelease:
            return False
        return _RULES[self.operator](self, version)


def _is_within(term: Term, version: Version) -> bool:
    """Whether the numbers that were written, but for the last of three, are the version's."""
    count = min(term.given, 2)
    own = (term.version.major, term.version.minor)[:count]
    return own == (version.major, version.minor)[:count]


def _is_equal(term: Term, version: Version) -> bool:
    return version.key == term.version.key if term.given == 3 else _is_within(term, version)


def _is_exceeded(term: Term, version: Version) -> bool:
    if term.given == 3:
        return term.version.precedes(version)
    own = (term.version.major, term.version.minor)[: term.given]
    return (version.major, version.minor)[: term.given] > own


def _is_close(term: Term, version: Version) -> bool:
    return not version.precedes(term.version) and _is_within(term, version)


def _is_compatible(term: Term, version: Version) -> bool:
    if version.precedes(term.version):
        return False
    own, other = term.version, version
    if own.major or term.given < 2:
        return term.given == 0 or own.major == other.major
    if own.minor or term.given < 3:
        return (own.major, own.minor) == (other.major, other.minor)
    return (own.major, own.minor, own.patch) == (other.major, other.minor, other.patch)


_RULES: Final[dict[str, Callable[[Term, Version], bool]]] = {
    "=": _is_equal,
    "!=": lambda term, version: not _is_equal(term, version),
    ">": _is_exceeded,
    "<": lambda term, version: version.precedes(term.version),
    ">=": lambda term, version: not version.precedes(term.version),
    "<=": lambda term, version: not _is_exceeded(term, version),
    "~": _is_close,
    "^": _is_compatible,
}
_SPELLINGS: Final = {"": "=", "=>": ">=", "=<": "<=", "~>": "~"}


@frozen
class Constraint:
    """What versions are wanted: alternatives, each a list of terms that must all hold.

    Args:
        text: As it was written.
        alternatives: The terms.
    """

    text: str
    alternatives: tuple[tuple[Term, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """Read a constraint.

        Raises:
            InvalidValue: It is none.
        """
        if len(text) > MAX_TEXT:
            raise InvalidValue(f"a version constraint has at most {MAX_TEXT} characters")
        return cls(text, tuple(_terms(part, text) for part in text.split("||")))

    def allows(self, version: Version) -> bool:
        """Tell whether a version is wanted."""
        return any(all(term.allows(version) for term in terms) for terms in self.alternatives)

    def __str__(self) -> str:
        return self.text


def _terms(part: str, whole: str) -> tuple[Term, ...]:
    rest = _RANGE.sub(r">=\1, <=\2", part).strip()
    terms: list[Term] = []
    while rest or not terms:
        matched = _TERM.match(rest)
        if matched is None:
            raise InvalidValue(
                f"{whole!r} is not a version constraint", hint="write something like '>=1.2, <2' or '^1.4'"
            )
        terms.append(_term(matched))
        rest = rest[matched.end() :]
    return tuple(terms)


def _term(matched: re.Match[str]) -> Term:
    numbers: list[int] = []
    for written in matched.group(2, 3, 4):
        if written is None or not written.isdigit():
            break
        numbers.append(int(written))
    given = len(numbers)
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    prerelease = tuple(matched[5].split(".")) if matched[5] and given == 3 else ()
    operator = matched[1] or ""
    return Term(_SPELLINGS.get(operator, operator), Version(major, minor, patch, prerelease), given)
