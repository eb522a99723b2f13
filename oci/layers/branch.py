"""A tree on disk that is read: a layer's difference is found in it, and its files go into the layer.

Directories are opened beneath the root, as when layers are applied (`Descent`): what somebody changes while
the tree is read leads nowhere else.
"""

from __future__ import annotations

import os
import stat
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

from ..errors import StorageError
from .descent import usual_descent
from .status import status_of, xattrs_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from .descent import Descent

_FILE: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A file that is read; should it have become a fifo meanwhile, nobody waits for a writer."""


class Branch:
    """A directory tree for reading; a context manager that closes what it opened.

    Args:
        root: Its root's descriptor; it stays open.
        descent: Opens directories beneath the root; what this system has, where nothing is said.
    """

    def __init__(self, root: int, *, descent: Descent | None = None) -> None:
        self._root = root
        self._descent = descent or usual_descent(root)
        self._path = ""
        self._opened: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def directory(self, path: str) -> int:
        """Open a directory; its descriptor is good until the next call.

        Args:
            path: Components without ``.`` and ``..``; empty for the root.
        """
        if self._opened is None or path != self._path:
            descriptor = self._descent(self._root, path)
            self._close()
            self._path, self._opened = path, descriptor
        return self._opened

    def children(self, path: str) -> dict[str, os.stat_result]:
        """Look at all entries of a directory, in the order of the bytes of their names."""
        directory = self.directory(path)
        with os.scandir(directory) as entries:
            names = sorted((entry.name for entry in entries), key=os.fsencode)
        return {name: status_of(directory, name) for name in names}

    def xattrs(self, path: str, name: str) -> dict[str, bytes]:
        """Read the attributes of an entry that a layer can hold.

        Args:
            path: The directory that it is in.
            name: Its name there; empty for the directory itself.
        """
        return xattrs_of(self.directory(path), name or ".")

    def target(self, path: str, name: str) -> str:
        """Read where a symbolic link leads."""
        return os.readlink(name, dir_fd=self.directory(path))

    def open_file(self, path: str, name: str) -> int:
        """Open a regular file for reading.

        Raises:
            StorageError: It is something else by now.
        """
        descriptor = os.open(name, _FILE, dir_fd=self.directory(path))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise StorageError(f"{path}/{name}: changed while it was read", path=f"{path}/{name}")
        return descriptor

    def root_status(self) -> os.stat_result:
        """Look at the root itself."""
        return os.fstat(self._root)

    @cached_property
    def links(self) -> Mapping[tuple[int, int], tuple[str, ...]]:
        """All paths of each file that has several beneath the root, by its device and inode.

        Found by a walk of its own over the whole tree, when somebody asks.
        """
        found: dict[tuple[int, int], list[str]] = {}
        waiting = [""]
        while waiting:
            path = waiting.pop()
            above = f"{path}/" if path else ""
            for name, status in self.children(path).items():
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(above + name)
                elif status.st_nlink > 1:
                    found.setdefault((status.st_dev, status.st_ino), []).append(above + name)
        return {identity: tuple(sorted(paths)) for identity, paths in found.items() if len(paths) > 1}

    def linked(self, status: os.stat_result) -> tuple[str, ...]:
        """Return all paths of a file, or nothing where it has only one."""
        return self.links.get((status.st_dev, status.st_ino), ()) if status.st_nlink > 1 else ()

    def _close(self) -> None:
        if self._opened is not None:
            os.close(self._opened)
            self._opened = None
