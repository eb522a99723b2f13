"""What a token allows: ``repository:library/alpine:pull,push`` (distribution, "Token Scope Documentation").

Some token servers read only the first scope of a request, so that the one that is needed comes first. A scope
that asks for ``delete`` by name breaks tokens at Quay: to delete, everything is asked for, as ``*``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument
from ..frozen import frozen
from ..spec.reference import check_repository
from .printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_SCOPES: Final = 64
"""Scopes that are read from one text."""

_SCOPE: Final = re.compile(r"([a-z0-9]+(?:\([a-z0-9]+\))?):([!-~]{1,1024}):([a-z*_-]+(?:,[a-z*_-]+)*)")


@frozen
class Scope:
    """Actions on one resource; ``str(scope)`` is what requests carry.

    Args:
        kind: ``repository`` or ``registry``.
        name: The repository, or ``catalog``.
        actions: What may be done: ``pull``, ``push``, ``*``.
    """

    kind: str
    name: str
    actions: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}:{','.join(self.actions)}"

    @classmethod
    def parse(cls, text: str) -> Scope:
        """Read one scope, as a challenge or a token answer has it.

        Raises:
            InvalidDocument: The text is no scope.
        """
        matched = _SCOPE.fullmatch(text) if len(text) <= 2048 else None
        if matched is None:
            raise InvalidDocument(f"{printable(text, limit=80)!r} is not a token scope")
        return cls(matched[1], matched[2], tuple(matched[3].split(",")))

    def covers(self, other: Scope) -> bool:
        """Tell whether everything that another scope allows is allowed by this one."""
        is_same = (self.kind, self.name) == (other.kind, other.name)
        return is_same and ("*" in self.actions or set(other.actions) <= set(self.actions))


CATALOG: Final = Scope("registry", "catalog", ("*",))
"""What listing the repositories of a registry needs."""


def to_pull(repository: str) -> Scope:
    """Return the scope for reading a repository."""
    return Scope("repository", check_repository(repository), ("pull",))


def to_push(repository: str) -> Scope:
    """Return the scope for writing to a repository, which includes reading it."""
    return Scope("repository", check_repository(repository), ("pull", "push"))


def to_delete(repository: str) -> Scope:
    """Return the scope for deleting from a repository; see the module's rules."""
    return Scope("repository", check_repository(repository), ("*",))


def to_mount(repository: str, origin: str) -> tuple[Scope, ...]:
    """Return the scopes for taking blobs over from another repository of the same registry."""
    return to_push(repository), to_pull(origin)


def parse_scopes(text: str) -> tuple[Scope, ...]:
    """Read scopes that are separated by blanks; what is no scope is left out."""
    found = []
    for word in text.split()[:MAX_SCOPES]:
        try:
            found.append(Scope.parse(word))
        except InvalidDocument:
            continue
    return tuple(found)


def merged(needed: Iterable[Scope], named: Iterable[Scope]) -> tuple[Scope, ...]:
    """Join what we need with what a challenge names, ours first, without those that an earlier one covers.

    A challenge may name actions that we did not think of; it cannot take away the place of the ones we need.
    """
    result: list[Scope] = []
    for scope in (*needed, *named):
        if not any(earlier.covers(scope) for earlier in result):
            result.append(scope)
    return tuple(result)


def missing(wanted: Iterable[Scope], granted: Iterable[Scope]) -> tuple[Scope, ...]:
    """Return the scopes that no granted one covers: a token server may grant less without saying so."""
    have = tuple(granted)
    return tuple(scope for scope in wanted if not any(grant.covers(scope) for grant in have))
