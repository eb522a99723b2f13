"""The difference of two trees, directory by directory, in one order for equal trees.

Within a directory, what is gone comes first (layer.md: whiteouts before their siblings), then what is there,
sorted by the bytes of its name; the directories within it follow. The directories above a change are entries
too, changed or not: an overlay of layers shows the attributes of the uppermost one that has them.

Hard links are compared as well. Of a file whose names have changed, all names go into the layer, since a link
to what is in another layer cannot be relied on.
"""

from __future__ import annotations

import os
import stat
from io import FileIO
from typing import TYPE_CHECKING, Final, Protocol

from .change import Change, Mark
from .status import is_alike

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .branch import Branch

_PIECE_BYTES: Final = 256 * 1024


class Before(Protocol):
    """What a tree was, as far as is known."""

    def names(self, path: str) -> Mapping[str, bool]:
        """Tell what was in a directory: names, and whether each was a directory.

        Called once for each directory at most, in the order of this module.
        """

    def is_same(self, path: str, name: str, status: os.stat_result) -> bool:
        """Tell whether an entry of the directory that was asked for last is what it was.

        Args:
            path: The directory.
            name: The entry; empty for the root.
            status: The entry as it is now.
        """


class Other:
    """Another tree, which is compared with content and all.

    Args:
        before: That tree.
        after: The tree as it is now.
    """

    def __init__(self, before: Branch, after: Branch) -> None:
        self._before = before
        self._after = after
        self._children: Mapping[str, os.stat_result] = {}

    def names(self, path: str) -> Mapping[str, bool]:
        """Read the other tree's directory."""
        self._children = self._before.children(path)
        return {name: stat.S_ISDIR(status.st_mode) for name, status in self._children.items()}

    def is_same(self, path: str, name: str, status: os.stat_result) -> bool:
        """Compare everything that a layer would say of it."""
        known = self._children[name] if name else self._before.root_status()
        if not is_alike(known, status) or self._before.linked(known) != self._after.linked(status):
            return False
        if os.path.samestat(known, status):
            return True
        if self._before.xattrs(path, name) != self._after.xattrs(path, name):
            return False
        if stat.S_ISLNK(status.st_mode):
            return self._before.target(path, name) == self._after.target(path, name)
        return not stat.S_ISREG(status.st_mode) or self._has_same_content(path, name)

    def _has_same_content(self, path: str, name: str) -> bool:
        with (
            FileIO(self._before.open_file(path, name)) as one,
            FileIO(self._after.open_file(path, name)) as other,
        ):
            while piece := one.read(_PIECE_BYTES):
                if piece != other.read(_PIECE_BYTES):
                    return False
            return not other.read(1)


class _Way:
    """A directory on the way to what is looked at: told once, before the first change beneath it."""

    __slots__ = ("above", "change", "is_told", "path", "was_there")

    def __init__(self, change: Change, above: _Way | None, *, was_there: bool, is_told: bool) -> None:
        self.path = change.path
        self.was_there = was_there
        self.above = above
        self.change = change
        self.is_told = is_told

    def untold(self) -> list[Change]:
        """Return it and those above it that have not been told, the uppermost first."""
        found: list[Change] = []
        way: _Way | None = self
        while way is not None and not way.is_told:
            way.is_told = True
            found.append(way.change)
            way = way.above
        return found[::-1]


def differences(before: Before | None, after: Branch) -> Iterator[Change]:
    """Yield what a layer says that leads from one tree to another.

    Args:
        before: What there was; None where there was nothing.
        after: What there is.

    Raises:
        OSError: A tree cannot be read.
    """
    status = after.root_status()
    root = Change(Mark.PRESENT, "", "", status)
    if before is None or not before.is_same("", "", status):
        yield root
    waiting = [_Way(root, None, was_there=True, is_told=True)]
    while waiting:
        way = waiting.pop()
        # A mapping of nothing where nothing was: then nothing is asked of what there was, either.
        names = before.names(way.path) if before is not None and way.was_there else {}
        children = after.children(way.path)
        changes = [
            Change(Mark.ABSENT, way.path, name)
            for name in sorted(names, key=os.fsencode)
            if name not in children
        ]
        deeper: list[_Way] = []
        for name, status in children.items():
            change = Change(Mark.PRESENT, way.path, name, status)
            is_same = before is not None and name in names and before.is_same(way.path, name, status)
            if not is_same:
                changes.append(change)
            if stat.S_ISDIR(status.st_mode):
                deeper.append(_Way(change, way, was_there=names.get(name, False), is_told=not is_same))
        if changes:
            yield from way.untold()
            yield from changes
        waiting += reversed(deeper)
