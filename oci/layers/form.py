"""What a whiteout does: remove what lies below, or leave a mark for overlayfs (layer.md, "Whiteouts").

A whiteout never touches what its own layer holds, wherever in the layer it stands; so each form knows what
the layer has written so far.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from .tree import Tree

_OPAQUE: Final = "overlay.opaque"


class Form(Protocol):
    """How layers meet in a tree."""

    def wrote(self, directory: str, name: str) -> None:
        """Note that the layer has an entry of a name in a directory; the root itself has an empty name."""

    def hide(self, directory: str, name: str) -> None:
        """Hide what lies below under a name."""

    def hide_all(self, directory: str) -> None:
        """Hide all that lies below in a directory."""

    def replaced(self, descriptor: int, status: os.stat_result) -> None:
        """Note that a new directory took the place of something else, of this or of an earlier layer."""


class Lowest:
    """The first layer of a tree: nothing lies below it."""

    def wrote(self, directory: str, name: str) -> None:
        """Nothing has to be known."""

    def hide(self, directory: str, name: str) -> None:
        """There is nothing."""

    def hide_all(self, directory: str) -> None:
        """There is nothing."""

    def replaced(self, descriptor: int, status: os.stat_result) -> None:
        """Nothing shows through."""


class Plain:
    """All layers in one tree: what is hidden is removed.

    What the layer itself has written is remembered by hashes of the directory's inode and the name: a million
    of them fit where the names would not. Python's hashes are keyed anew for each process, so that nobody can
    choose names that collide.

    Args:
        tree: The tree.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._own: set[int] = set()
        self._used: set[int] = set()

    def wrote(self, directory: str, name: str) -> None:
        """Remember the entry, and that the directories above it are in use."""
        identity = self._tree.existing(directory).identity
        self._own.add(hash((identity, name)))
        if identity not in self._used:
            self._used.add(identity)
            if directory:
                above, _, last = directory.rpartition("/")
                self.wrote(above, last)

    def hide(self, directory: str, name: str) -> None:
        """Remove it; of a directory that the layer has an entry for, only what lies below."""
        try:
            found = self._tree.existing(directory)
            status = os.stat(name, dir_fd=found.descriptor, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return
        if hash((found.identity, name)) not in self._own:
            self._tree.remove(directory, name)
        elif stat.S_ISDIR(status.st_mode):
            self.hide_all(f"{directory}/{name}".lstrip("/"))

    def hide_all(self, directory: str) -> None:
        """Remove all that the layer itself has not written."""
        waiting = [directory]
        while waiting:
            path = waiting.pop()
            try:
                found = self._tree.existing(path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            with os.scandir(found.descriptor) as entries:
                children = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
            for name, is_directory in children:
                if hash((found.identity, name)) not in self._own:
                    self._tree.remove(path, name)
                elif is_directory:
                    waiting.append(f"{path}/{name}".lstrip("/"))

    def replaced(self, descriptor: int, status: os.stat_result) -> None:
        """What was there is gone."""


class Overlay:
    """Each layer in a tree of its own, for overlayfs to merge: what is hidden is marked.

    Args:
        tree: The tree.
        namespace: ``trusted``, or ``user`` for a mount with the option ``userxattr``.
    """

    def __init__(self, tree: Tree, *, namespace: str = "trusted") -> None:
        self._tree = tree
        self._opaque = f"{namespace}.{_OPAQUE}"

    def wrote(self, directory: str, name: str) -> None:
        """Whatever is in the tree is the layer's own."""

    def hide(self, directory: str, name: str) -> None:
        """Leave a device 0:0; a directory of the layer's own is made opaque instead."""
        descriptor = self._tree.directory(directory).descriptor
        try:
            os.mknod(name, stat.S_IFCHR, os.makedev(0, 0), dir_fd=descriptor)
        except FileExistsError:
            status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                self.hide_all(f"{directory}/{name}".lstrip("/"))

    def hide_all(self, directory: str) -> None:
        """Make the directory opaque."""
        os.setxattr(self._tree.directory(directory).descriptor, self._opaque, b"y")

    def replaced(self, descriptor: int, status: os.stat_result) -> None:
        """Keep a directory opaque that stands where the layer has hidden what lies below."""
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
            os.setxattr(descriptor, self._opaque, b"y")
