"""The directory tree that layers are applied to: its directories are reached beneath its root, and kept open.

A directory's path is resolved by the kernel as if the root were the file system's (`oci.linux.openat2`), so
that a symbolic link that an earlier layer left there leads where it would lead in the container, and nowhere
else. The descriptor is kept for the entries that follow, and what is done with it is done in that very
directory.

Writing into a directory changes its times; they are put back when its descriptor is let go.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final, Self

from .descent import usual_descent
from .flag import DIRECTORY, OWN_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from .descent import Descent

OPEN_DIRECTORIES: Final = 256
"""Directories that are kept open; a process may have 1024 descriptors where nobody has raised the limit."""

_MOVED: Final = ".ocitool-removed-"
_NEW_DIRECTORY_MODE: Final = 0o755
"""Of a directory that no entry describes."""


class Heritage:
    """What a directory gives to the files that are made in it.

    Attributes:
        owner: Their owner and group; None before the first one was looked at.
        granted: Permission bits that a file has if it is made with them.
    """

    __slots__ = ("granted", "owner")

    def __init__(self) -> None:
        self.owner: tuple[int, int] | None = None
        self.granted = 0

    def learn(self, status: os.stat_result, mode: int) -> None:
        """Look at a file that was just made with a mode."""
        self.owner = status.st_uid, status.st_gid
        self.granted |= status.st_mode & mode


class Directory:
    """A directory in use.

    Attributes:
        descriptor: It.
        heritage: What it gives to new files, as far as that is known.
        identity: Its inode number.
        times_ns: The access and modification times that it is to have in the end.
        paths: How many paths are known to lead to it.
    """

    __slots__ = ("descriptor", "heritage", "identity", "paths", "times_ns")

    def __init__(self, descriptor: int, status: os.stat_result) -> None:
        self.descriptor = descriptor
        self.heritage = Heritage()
        self.identity = status.st_ino
        self.times_ns = status.st_atime_ns, status.st_mtime_ns
        self.paths = 0

    def forget_heritage(self) -> None:
        """Ask anew what it gives to new files: its owner, its mode or its attributes have changed."""
        self.heritage = Heritage()


class Tree:
    """A directory tree; a context manager that puts times back and closes what is open.

    Args:
        root: Its root's descriptor; it stays open.
        complete: Is told of each directory that was made though no entry describes it: its descriptor and its
            path. In a tree of its own, a layer's parents have to look like those in the layers below.
        descent: Opens directories beneath the root; what this system has, where nothing is said.
    """

    def __init__(
        self,
        root: int,
        *,
        complete: Callable[[int, str], None] | None = None,
        descent: Descent | None = None,
    ) -> None:
        self._root = root
        self._descent = descent or usual_descent(root)
        self._modes: dict[str, tuple[int, int]] = {}
        self._complete = complete or _with_usual_mode
        self._by_path: dict[str, Directory] = {}
        # Two paths may lead to one directory, whose times are put back once.
        self._by_identity: dict[int, Directory] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.forget()
            self._restrict()
            return
        # The tree is to be thrown away: its times do not matter.
        for found in self._by_identity.values():
            os.close(found.descriptor)
        self._by_identity.clear()
        self._by_path.clear()

    def directory(self, path: str) -> Directory:
        """Open a directory, and make it, and those above it, where there is none.

        Args:
            path: Components without ``.`` and ``..``; empty for the root.

        Returns:
            The directory. It and the one returned before it are open; older ones may have been closed.

        Raises:
            OSError: Something that is no directory is in the way, or the system refused.
        """
        found = self._by_path.pop(path, None)
        if found is None:
            return self.adopt(path, self._opened_or_made(path))
        self._by_path[path] = found
        return found

    def existing(self, path: str) -> Directory:
        """Open a directory that has to be there; otherwise as `directory`."""
        found = self._by_path.pop(path, None)
        if found is None:
            return self.adopt(path, self._descent(self._root, path))
        self._by_path[path] = found
        return found

    def adopt(self, path: str, descriptor: int) -> Directory:
        """Take over a directory that was opened already."""
        if len(self._by_path) >= OPEN_DIRECTORIES:
            self._let_go(next(iter(self._by_path)))
        status = os.fstat(descriptor)
        found = self._by_identity.get(status.st_ino)
        if found is None:
            found = self._by_identity[status.st_ino] = Directory(descriptor, status)
        else:
            os.close(descriptor)
        found.paths += 1
        if path in self._by_path:
            self._let_go(path)
        self._by_path[path] = found
        return found

    def cleared(self, directory: str, name: str) -> Directory:
        """Remove what has a name in a directory; return the directory, which may have been opened anew."""
        self.remove(directory, name)
        return self.directory(directory)

    def remove(self, directory: str, name: str) -> None:
        """Remove whatever has a name in a directory, with all that is in it.

        Raises:
            FileNotFoundError: There is nothing.
        """
        descriptor = self.existing(directory).descriptor
        mode = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            empty(descriptor, name)
            os.rmdir(name, dir_fd=descriptor)
        else:
            os.unlink(name, dir_fd=descriptor)
        if stat.S_ISDIR(mode) or stat.S_ISLNK(mode):
            # Paths may lead through it: they have to be resolved anew.
            self.forget()

    def finish_with(self, path: str, directory: Directory, mode: int) -> None:
        """Give a directory its mode in the end, where it would keep its own owner out until then."""
        if mode & stat.S_IRWXU != stat.S_IRWXU:
            self._modes[path] = directory.identity, mode
        elif self._modes:
            self._modes.pop(path, None)

    def _restrict(self) -> None:
        # The deepest first: once it has its mode, a directory may let nobody through.
        for path in sorted(self._modes, key=lambda path: path.count("/") + bool(path), reverse=True):
            identity, mode = self._modes[path]
            try:
                descriptor = self._descent(self._root, path)
            except (FileNotFoundError, NotADirectoryError):
                continue
            try:
                if os.fstat(descriptor).st_ino == identity:
                    os.fchmod(descriptor, mode)
            finally:
                os.close(descriptor)

    def forget(self) -> None:
        """Let all directories go; they are resolved anew when they are needed again."""
        while self._by_path:
            self._let_go(next(iter(self._by_path)))

    def _let_go(self, path: str) -> None:
        found = self._by_path.pop(path)
        found.paths -= 1
        if not found.paths:
            del self._by_identity[found.identity]
            # One that was removed meanwhile takes its times with it.
            os.utime(found.descriptor, ns=found.times_ns)
            os.close(found.descriptor)

    def _opened_or_made(self, path: str) -> int:
        try:
            return self._descent(self._root, path)
        except FileNotFoundError:
            above, _, name = path.rpartition("/")
            directory = self.directory(above).descriptor
            os.mkdir(name, 0o700, dir_fd=directory)
            descriptor = os.open(name, OWN_DIRECTORY, dir_fd=directory)
            self._complete(descriptor, path)
            return descriptor


def _with_usual_mode(descriptor: int, _path: str) -> None:
    os.fchmod(descriptor, _NEW_DIRECTORY_MODE)


def remove_tree(path: Path) -> None:
    """Remove a directory and all that is in it, however deep, without following a link.

    Raises:
        OSError: The system refused.
    """
    above = os.open(path.parent, DIRECTORY)
    try:
        empty(above, path.name)
        os.rmdir(path.name, dir_fd=above)
    finally:
        os.close(above)


def empty(directory: int, name: str) -> None:
    """Remove all that is in a directory, without following a link.

    What is in the directories within it is moved up, one level after the other, so that a tree of any depth
    takes two descriptors and no recursion.

    Args:
        directory: The descriptor of the directory above.
        name: Its name there.
    """
    top = os.open(name, OWN_DIRECTORY, dir_fd=directory)
    try:
        number = 0
        within = _without_files(top)
        while within:
            child = within.pop()
            try:
                descriptor = os.open(child, OWN_DIRECTORY, dir_fd=top)
            except FileNotFoundError:
                continue  # it was empty, and another one took its name
            try:
                for below in _without_files(descriptor):
                    number = _move_up(descriptor, below, top, number)
                    within.append(f"{_MOVED}{number}")
            finally:
                os.close(descriptor)
            os.rmdir(child, dir_fd=top)
    finally:
        os.close(top)


def _without_files(directory: int) -> list[str]:
    """Remove what is no directory, and return the names of the directories."""
    with os.scandir(directory) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_directory in found:
        if not is_directory:
            os.unlink(name, dir_fd=directory)
    return [name for name, is_directory in found if is_directory]


def _move_up(source: int, name: str, target: int, number: int) -> int:
    """Move a directory to the next name that is free; return the number of that name."""
    while True:
        number += 1
        try:
            os.rename(name, f"{_MOVED}{number}", src_dir_fd=source, dst_dir_fd=target)
        except OSError as error:
            # Somebody's own directory of that name; an empty one is replaced, and waits for nothing.
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise
        else:
            return number
