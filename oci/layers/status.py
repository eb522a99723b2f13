"""What is known of one entry of a tree on disk: its status, its attributes, where its link leads."""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

OF_THE_HOST: Final = frozenset({"security.selinux", "security.ima", "security.evm", "system.nfs4_acl"})
"""Attributes that describe where an image was built, and are decided anew where it runs."""

OF_OVERLAY: Final = ("trusted.overlay.", "user.overlay.")
"""How overlayfs marks what it merges: taken from a layer, they would redirect or hide other content."""

NOT_HERE: Final = frozenset({errno.ENOTSUP, errno.EPERM, errno.EACCES})
"""What a system call answers where attributes cannot be had."""


def status_of(directory: int, name: str) -> os.stat_result:
    """Look at an entry of a directory, not at what it links to."""
    return os.stat(name, dir_fd=directory, follow_symlinks=False)


def place_of(directory: int, name: str) -> str:
    """Name an entry for the calls that take no directory; they must not follow the entry itself."""
    # There is no call that takes an attribute by directory and name; this resolves nothing else.
    return f"/proc/self/fd/{directory}/{name}"


def xattrs_of(directory: int, name: str) -> dict[str, bytes]:
    """Read the attributes of an entry that a layer can hold, in the order of their names.

    Args:
        directory: The descriptor of the directory that it is in.
        name: Its name there; ``.`` for the directory itself.
    """
    place = place_of(directory, name)
    try:
        names = os.listxattr(place, follow_symlinks=False)
    except OSError as error:
        if error.errno in NOT_HERE:
            return {}
        raise
    return {
        each: os.getxattr(place, each, follow_symlinks=False)
        for each in sorted(names)
        if each not in OF_THE_HOST and not each.startswith(OF_OVERLAY)
    }


def is_alike(one: os.stat_result, other: os.stat_result) -> bool:
    """Tell whether two entries are the same as far as their status says.

    What remains to be compared are attributes, where links lead, and the content of files.
    """
    if (one.st_mode, one.st_uid, one.st_gid) != (other.st_mode, other.st_uid, other.st_gid):
        return False
    if stat.S_ISCHR(one.st_mode) or stat.S_ISBLK(one.st_mode):
        return one.st_rdev == other.st_rdev and one.st_mtime_ns == other.st_mtime_ns
    if not stat.S_ISDIR(one.st_mode) and one.st_size != other.st_size:
        return False
    return one.st_mtime_ns == other.st_mtime_ns
