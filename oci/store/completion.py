"""Directories that a layer has no entry for, made to look like those in the layers below.

Of a directory that several layers have, overlayfs shows the topmost one's owner, mode and times. A layer that
brings ``usr/bin/x`` alone must not change ``usr/bin``.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from ..layers.flag import OWN_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_OF_OVERLAY: Final = ("trusted.overlay.", "user.overlay.")
_OPAQUE: Final = tuple(f"{prefix}opaque" for prefix in _OF_OVERLAY)
_NO_ATTRIBUTES: Final = frozenset({errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.ENODATA})


def complete(root: int, undescribed: Iterable[str], below: Sequence[int], *, keeps_owners: bool) -> None:
    """Complete the directories of a layer that nobody uses yet.

    Args:
        root: The layer's directory.
        undescribed: The paths of directories in it that no entry describes; empty for the root itself.
        below: The directories of the layers below, the topmost first.
        keeps_owners: Whether files are given to their owners.

    Raises:
        OSError: The system refused.
    """
    # The deepest first: what is done to a directory changes nothing above it, but its mode may keep us out.
    for path in sorted(undescribed, key=lambda path: path.count("/") + bool(path), reverse=True):
        own, hides = _look(root, path)
        if own is None:
            continue  # the layer itself has put something else in its place
        try:
            found = None if hides or is_opaque(own) else _first(below, path)
            if found is None:
                # Nobody says of which time it is: not of the one at which somebody unpacked it.
                os.utime(own, (0, 0))
                continue
            try:
                _copy(found, own, keeps_owners=keeps_owners)
            finally:
                os.close(found)
        finally:
            os.close(own)


def _first(below: Sequence[int], path: str) -> int | None:
    """Open the directory that the layers below show under a path, or return None where they show none."""
    for layer in below:
        found, hides = _look(layer, path)
        if found is not None or hides:
            return found
    return None


def _look(layer: int, path: str) -> tuple[int | None, bool]:
    """Look for a directory in one layer.

    Returns:
        It, or None; and whether what stands there, or above it, hides what the layers below have there.
    """
    current = os.open(".", OWN_DIRECTORY, dir_fd=layer)
    hides = False
    for name in filter(None, path.split("/")):
        hides = hides or is_opaque(current)
        try:
            is_directory = stat.S_ISDIR(os.stat(name, dir_fd=current, follow_symlinks=False).st_mode)
            following = os.open(name, OWN_DIRECTORY, dir_fd=current) if is_directory else None
        except FileNotFoundError:
            return None, hides
        finally:
            os.close(current)
        if following is None:
            return None, True
        current = following
    return current, hides


def is_opaque(directory: int) -> bool:
    """Tell whether a directory hides what the layers below have in it."""
    for name in _OPAQUE:
        try:
            if os.getxattr(directory, name) == b"y":
                return True
        except OSError as error:
            if error.errno not in _NO_ATTRIBUTES:
                raise
    return False


def _copy(source: int, target: int, *, keeps_owners: bool) -> None:
    status = os.fstat(source)
    if keeps_owners:
        os.fchown(target, status.st_uid, status.st_gid)
    for name in _attributes(source):
        if not name.startswith(_OF_OVERLAY):
            os.setxattr(target, name, os.getxattr(source, name))
    os.fchmod(target, stat.S_IMODE(status.st_mode))
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _attributes(directory: int) -> list[str]:
    try:
        return os.listxattr(directory)
    except OSError as error:
        if error.errno in _NO_ATTRIBUTES:
            return []
        raise
