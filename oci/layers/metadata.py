"""Owners, modes, extended attributes and times of what was written, in the one order that works.

First the owner, since changing it clears the set-user-ID bit and ``security.capability``; then attributes,
while whoever has no privileges may still write; then the mode; then the times.
"""

from __future__ import annotations

import os
import stat
from base64 import b64decode
from binascii import Error as Malformed
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from ..errors import InvalidDocument, InvalidValue, LimitExceeded
from .status import NOT_HERE, OF_OVERLAY, OF_THE_HOST, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..tar import Header
    from .limit import LayerLimits
    from .ownership import Ownership
    from .path import LayerPath
    from .report import Report
    from .tree import Heritage

_PERMISSIONS: Final = stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO
_SCHILY: Final = "SCHILY.xattr."
_LIBARCHIVE: Final = "LIBARCHIVE.xattr."
_XATTRS: Final = (_SCHILY, _LIBARCHIVE)
_OWNERS: Final = 1024
"""Owners whose numbers on this host are remembered: images have a handful."""


class Metadata:
    """Gives entries what their headers say.

    Args:
        ownership: Who is to own them.
        limits: Bounds.
        report: Notes what is left out.
        where: Which layer, for error messages.
    """

    def __init__(self, ownership: Ownership, limits: LayerLimits, report: Report, where: str) -> None:
        uids, gids = ownership.uids, ownership.gids
        self._outside = lru_cache(_OWNERS)(lambda uid, gid: (uids.outside(uid), gids.outside(gid)))
        self._keeps_owners = ownership.keeps_owners
        self._limits = limits
        self._report = report
        self._where = where

    def is_simple(self, header: Header) -> bool:
        """Tell whether a file has nothing that must wait for its owner: no special bits, no attributes."""
        if header.mode & ~_PERMISSIONS:
            return False
        return not header.extended or not any(key.startswith(_XATTRS) for key in header.extended)

    def of_simple_file(self, descriptor: int, header: Header, path: LayerPath, heritage: Heritage) -> None:
        """Complete a regular file that was made with its mode; nothing is done twice.

        Args:
            descriptor: The file.
            header: What it is to be; `is_simple` holds.
            path: Where it is.
            heritage: What its directory gives to new files; learns from this one where it has to.
        """
        mode = header.mode
        if heritage.owner is None or mode & ~heritage.granted:
            heritage.learn(os.fstat(descriptor), mode)
        if self._keeps_owners:
            owner = self._owner(header, path)
            if owner != heritage.owner:
                os.fchown(descriptor, *owner)
        else:
            self._note_owner(header, path)
        if mode & ~heritage.granted:
            os.fchmod(descriptor, mode)
        time_ns = header.modified_ns
        os.utime(descriptor, ns=(time_ns, time_ns))

    def of_file(self, descriptor: int, header: Header, path: LayerPath) -> None:
        """Complete a regular file."""
        self._of_descriptor(descriptor, header, path)
        os.utime(descriptor, ns=(header.modified_ns, header.modified_ns))

    def of_directory(self, descriptor: int, header: Header, path: LayerPath) -> None:
        """Complete a directory, except for its times, which what is written into it would change.

        Its owner may do everything with it for now; see `Tree.finish_with`.
        """
        self._of_descriptor(descriptor, header, path)
        if header.mode & stat.S_IRWXU != stat.S_IRWXU:
            os.fchmod(descriptor, header.mode | stat.S_IRWXU)

    def of_name(self, directory: int, header: Header, path: LayerPath) -> None:
        """Complete what is better not opened: a symbolic link, a device, a fifo."""
        name = path.name
        if self._keeps_owners:
            os.chown(name, *self._owner(header, path), dir_fd=directory, follow_symlinks=False)
        else:
            self._note_owner(header, path)
        if header.extended:
            target = place_of(directory, name)
            self._set_xattrs(partial(os.setxattr, target, follow_symlinks=False), header, path)
        times = (header.modified_ns, header.modified_ns)
        os.utime(name, ns=times, dir_fd=directory, follow_symlinks=False)

    def clear_xattrs(self, descriptor: int) -> None:
        """Take away what an earlier layer gave a directory."""
        try:
            names = os.listxattr(descriptor)
        except OSError as error:
            if error.errno in NOT_HERE:
                return
            raise
        for name in names:
            if name not in OF_THE_HOST and not name.startswith(OF_OVERLAY):
                os.removexattr(descriptor, name)

    def _of_descriptor(self, descriptor: int, header: Header, path: LayerPath) -> None:
        if self._keeps_owners:
            os.fchown(descriptor, *self._owner(header, path))
        else:
            self._note_owner(header, path)
        if header.extended:
            self._set_xattrs(partial(os.setxattr, descriptor), header, path)
        os.fchmod(descriptor, header.mode)

    def _note_owner(self, header: Header, path: LayerPath) -> None:
        # What belongs to root in a container belongs to whoever runs it without privileges.
        if header.uid or header.gid:
            self._report.omit("owners, which take a privilege to give", path)

    def _owner(self, header: Header, path: LayerPath) -> tuple[int, int]:
        try:
            return self._outside(header.uid, header.gid)
        except InvalidValue as error:
            error.add(f", the owner of {path} in {self._where}")
            raise

    def _set_xattrs(self, set_xattr: Callable[[str, bytes], None], header: Header, path: LayerPath) -> None:
        count = 0
        for name, value in self._xattrs(header, path):
            count += 1
            if count > self._limits.xattrs:
                raise LimitExceeded(
                    limit="xattrs", allowed=self._limits.xattrs, where=f"{self._where}: {path}"
                )
            if name in OF_THE_HOST:
                continue
            if name.startswith(OF_OVERLAY):
                self._report.omit(f"the attribute {name}, which overlayfs keeps for itself", path)
                continue
            try:
                set_xattr(name, value)
            except OSError as error:
                if error.errno not in NOT_HERE:
                    raise
                self._report.omit(f"the attribute {name}: {error.strerror}", path)

    def _xattrs(self, header: Header, path: LayerPath) -> Iterator[tuple[str, bytes]]:
        for key, text in header.extended.items():
            if key.startswith(_SCHILY):
                name, value = key.removeprefix(_SCHILY), text.encode("utf-8", "surrogateescape")
            elif key.startswith(_LIBARCHIVE):
                name, value = unquote(key.removeprefix(_LIBARCHIVE)), self._decoded(text, path)
                if _SCHILY + name in header.extended:
                    continue  # the same, written twice for two kinds of readers
                if "\0" in name:
                    raise InvalidDocument(f"{self._where}: {path}: an extended attribute's name has a NUL")
            else:
                continue
            if len(value) > self._limits.xattr_bytes:
                raise LimitExceeded(
                    limit="xattr_bytes", allowed=self._limits.xattr_bytes, where=f"{self._where}: {path}"
                )
            yield name, value

    def _decoded(self, text: str, path: LayerPath) -> bytes:
        try:
            return b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (Malformed, ValueError) as error:
            raise InvalidDocument(f"{self._where}: {path}: an extended attribute is not base64") from error
