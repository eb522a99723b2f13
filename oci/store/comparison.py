"""A snapshot held against its layer: names, kinds, sizes and where links lead; on request, what files hold.

Owners, modes and times are not looked at: directories that a layer has no entry for take them from below. A
layer whose entries lead through links of its own is passed over, since only unpacking tells where they go.
"""

from __future__ import annotations

import os
import stat
from hashlib import blake2b
from io import FileIO
from typing import TYPE_CHECKING, Final, NamedTuple

from ..layers import LayerPath
from ..layers.flag import OWN_DIRECTORY
from ..layers.piece import PieceCursor
from ..tar import Kind, TarReader
from ..transports.layout import disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..layers import LayerLimits, LayerStream
    from ..tar import Header

_KINDS: Final = {
    Kind.FILE: stat.S_IFREG,
    Kind.SPARSE: stat.S_IFREG,
    Kind.SYMBOLIC_LINK: stat.S_IFLNK,
    Kind.CHARACTER_DEVICE: stat.S_IFCHR,
    Kind.BLOCK_DEVICE: stat.S_IFBLK,
    Kind.DIRECTORY: stat.S_IFDIR,
    Kind.FIFO: stat.S_IFIFO,
}
_READ_BYTES: Final = 1024 * 1024
_DIGEST_BYTES: Final = 16


class _Entry(NamedTuple):
    """What there is under a name."""

    kind: int
    size: int = 0
    target: str = ""
    digest: bytes = b""
    """Of a file's content; empty where nobody wants to know."""


class LayerContent:
    """What a layer says that there has to be in its snapshot.

    Args:
        layer: Its expanded bytes.
        limits: Bounds.
        reads_files: Whether what files hold is compared, too.
    """

    def __init__(self, layer: LayerStream, *, limits: LayerLimits, reads_files: bool) -> None:
        self._where = layer.where
        self._limits = limits
        self._reads_files = reads_files
        self._entries: dict[str, _Entry] = {}
        self._is_told = True
        cursor = PieceCursor(iter(layer))
        reader = TarReader(cursor.read, where=layer.where, limits=limits.tar)
        hidden: list[str] = []
        while (header := reader.next()) is not None:
            digest = self._pass(cursor, header)
            path = LayerPath.parse(header.name, depth=limits.depth, where=layer.where)
            if not path.is_whiteout:
                self._take(str(path), header, digest)
            elif not path.is_opaque and not path.is_bookkeeping:
                hidden.append(f"{path.directory}/{path.hidden(layer.where)}".lstrip("/"))
        cursor.drain()
        for name in hidden:
            if name not in self._entries:
                self._put(name, _Entry(stat.S_IFCHR))

    def differences(self, directory: Path, *, has_devices: bool) -> Iterator[str]:
        """Yield what is different in a snapshot, in one line each.

        Args:
            directory: The snapshot.
            has_devices: Whether devices were made; without root they are left out.
        """
        if not self._is_told:
            return
        devices = {stat.S_IFCHR, stat.S_IFBLK}
        missing = dict(self._entries)
        for name, found in self._found(directory):
            wanted = missing.pop(name, None)
            if wanted is None:
                yield f"{name} does not belong there"
            elif found != wanted:
                yield f"{name} is not what the layer has"
        for name, wanted in missing.items():
            if has_devices or wanted.kind not in devices:
                yield f"{name} is missing"

    def _pass(self, cursor: PieceCursor, header: Header) -> bytes:
        """Pass over a file, and return the digest of what it holds where that is wanted."""
        if not self._reads_files or header.sparse is not None or header.kind is not Kind.FILE:
            cursor.skip(header.padded_size)
            return b""
        hasher = blake2b(digest_size=_DIGEST_BYTES)
        for view in cursor.views(header.size):
            hasher.update(view)
        cursor.skip(header.padded_size - header.size)
        return hasher.digest()

    def _take(self, path: str, header: Header, digest: bytes) -> None:
        if header.kind is Kind.HARD_LINK:
            target = LayerPath.parse(header.link_name, depth=self._limits.depth, where=self._where)
            linked = self._entries.get(str(target))
            self._is_told = self._is_told and linked is not None
            self._put(path, linked or _Entry(stat.S_IFREG))
        elif header.kind in _KINDS and path:
            size = header.size if header.sparse is None else header.sparse.size
            kind = _KINDS[header.kind]
            is_file, is_link = kind == stat.S_IFREG, kind == stat.S_IFLNK
            self._put(path, _Entry(kind, size if is_file else 0, header.link_name if is_link else "", digest))

    def _put(self, path: str, entry: _Entry) -> None:
        known = self._entries.get(path)
        if known is not None and known.kind == stat.S_IFDIR != entry.kind:
            beneath = [name for name in self._entries if name.startswith(f"{path}/")]
            for name in beneath:
                del self._entries[name]
        self._entries[path] = entry
        above = path.rpartition("/")[0]
        while above:
            known = self._entries.setdefault(above, _Entry(stat.S_IFDIR))
            self._is_told = self._is_told and known.kind == stat.S_IFDIR
            above = above.rpartition("/")[0]

    def _found(self, directory: Path) -> Iterator[tuple[str, _Entry]]:
        waiting = [""]
        while waiting:
            above = waiting.pop()
            descriptor = os.open(directory / above, OWN_DIRECTORY)
            with disk.closing(descriptor), os.scandir(descriptor) as entries:
                for entry in entries:
                    name = f"{above}/{entry.name}".lstrip("/")
                    found = self._entry(descriptor, entry, self._entries.get(name))
                    if found.kind == stat.S_IFDIR:
                        waiting.append(name)
                    yield name, found

    @staticmethod
    def _entry(directory: int, entry: os.DirEntry[str], wanted: _Entry | None) -> _Entry:
        status = entry.stat(follow_symlinks=False)
        kind = stat.S_IFMT(status.st_mode)
        if kind == stat.S_IFLNK:
            return _Entry(kind, target=os.readlink(entry.name, dir_fd=directory))
        if kind != stat.S_IFREG:
            return _Entry(kind)
        digest = b"" if wanted is None else wanted.digest
        if digest and wanted is not None and wanted.size == status.st_size:
            digest = _digest(directory, entry.name)
        return _Entry(kind, status.st_size, digest=digest)


def _digest(directory: int, name: str) -> bytes:
    hasher = blake2b(digest_size=_DIGEST_BYTES)
    with FileIO(os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=directory)) as file:
        while piece := file.read(_READ_BYTES):
            hasher.update(piece)
    return hasher.digest()
