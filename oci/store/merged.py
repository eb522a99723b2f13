"""The file system of an image, read from its snapshots without mounting anything.

What overlayfs would show: of several layers that have a name, the topmost one's; of a directory that several
have, what is in all of them, down to one that is opaque. Needs no rights but to read.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from ..layers import Branch
from ..layers.status import status_of
from .completion import is_opaque

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType


class MergedTree(Branch):
    """The tree that several layers show together; a context manager that closes what it opened.

    Args:
        layers: The descriptors of their roots, the topmost first; they stay open.
    """

    def __init__(self, layers: Sequence[int]) -> None:
        super().__init__(layers[0])
        self._layers = [Branch(layer) for layer in layers]
        self._listed: tuple[str, dict[str, Branch]] = "", {}
        self._showing: dict[str, list[Branch]] = {"": self._layers}
        """The layers that have a directory, for all directories that were found so far."""

    def children(self, path: str) -> dict[str, os.stat_result]:
        """Look at all entries of a directory, in the order of the bytes of their names."""
        found: dict[str, os.stat_result] = {}
        owners: dict[str, Branch] = {}
        closed: set[str] = set()
        deeper: dict[str, list[Branch]] = {}
        for layer in self._layers_of(path):
            for name, status in layer.children(path).items():
                if name in closed:
                    continue
                if stat.S_ISDIR(status.st_mode):
                    deeper.setdefault(name, []).append(layer)
                else:
                    closed.add(name)
                if name not in found and not _is_whiteout(status):
                    found[name], owners[name] = status, layer
        above = f"{path}/" if path else ""
        self._showing.update({above + name: showing for name, showing in deeper.items()})
        self._listed = path, owners
        return {name: found[name] for name in sorted(found, key=os.fsencode)}

    def xattrs(self, path: str, name: str) -> dict[str, bytes]:
        """Read the attributes of an entry that a layer can hold."""
        return self._owner(path, name).xattrs(path, name)

    def target(self, path: str, name: str) -> str:
        """Read where a symbolic link leads."""
        return self._owner(path, name).target(path, name)

    def open_file(self, path: str, name: str) -> int:
        """Open a regular file for reading."""
        return self._owner(path, name).open_file(path, name)

    def _layers_of(self, path: str) -> list[Branch]:
        if path not in self._showing:
            self.children(path.rpartition("/")[0])
        layers = self._showing[path]
        for number, layer in enumerate(layers[:-1], 1):
            if is_opaque(layer.directory(path)):
                layers = self._showing[path] = layers[:number]
                break
        return layers

    def _owner(self, path: str, name: str) -> Branch:
        """Return the layer whose entry is shown."""
        listed, owners = self._listed
        if path == listed and name in owners:
            return owners[name]
        layers = self._layers_of(path)
        if not name:
            return layers[0]
        return next(layer for layer in layers if _has(layer, path, name))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for layer in self._layers:
            layer.__exit__(kind, error, trace)


def _is_whiteout(status: os.stat_result) -> bool:
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def _has(layer: Branch, path: str, name: str) -> bool:
    try:
        status_of(layer.directory(path), name)
    except FileNotFoundError:
        return False
    return True
