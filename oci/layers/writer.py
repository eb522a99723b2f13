"""Writing a layer: changes become entries of an archive, and equal changes become equal bytes.

Times are kept to the nanosecond, and none is later than the latest one that is allowed: with
SOURCE_DATE_EPOCH for it, a layer of the same content built at another time has the same digest. Names of
users and groups are left out, since they mean nothing elsewhere (layer.md).
"""

from __future__ import annotations

import errno
import os
import stat
from base64 import b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from ..errors import InvalidValue, StorageError, Unsupported
from ..tar import END, Header, Kind, Part, SparseMap, encode_header, padding
from .change import Mark
from .path import OPAQUE, WHITEOUT
from .report import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .branch import Branch
    from .change import Change
    from .ownership import Ownership
    from .report import Omission

_READ_BYTES: Final = 1024 * 1024
_NANOSECONDS: Final = 1_000_000_000
_KINDS: Final = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.DIRECTORY,
    stat.S_IFLNK: Kind.SYMBOLIC_LINK,
    stat.S_IFCHR: Kind.CHARACTER_DEVICE,
    stat.S_IFBLK: Kind.BLOCK_DEVICE,
    stat.S_IFIFO: Kind.FIFO,
}
_DEVICES: Final = frozenset({Kind.CHARACTER_DEVICE, Kind.BLOCK_DEVICE})


class LayerWriter:
    """Writes one layer.

    Args:
        take: Is handed the layer's bytes, in order.
        latest_s: No entry gets a later time than this, in seconds since 1970; None for the times as they are.
        ownership: How owners on this host become owners in the layer. Where it does not keep owners,
            everything belongs to root.
        keeps_holes: Whether holes of files stay holes; not every reader of layers knows them.
        prefix: The directory that everything goes into; empty for the root.
    """

    def __init__(
        self,
        take: Callable[[bytes], object],
        *,
        ownership: Ownership,
        latest_s: int | None = None,
        keeps_holes: bool = False,
        prefix: str = "",
    ) -> None:
        self._take = take
        self._latest_s = latest_s
        self._ownership = ownership
        self._keeps_holes = keeps_holes
        self._prefix = f"{prefix.strip('/')}/".lstrip("/")
        self._report = Report()
        self._first_names: dict[tuple[int, int], str] = {}
        self.entries = 0
        """Entries so far."""
        self.file_bytes = 0
        """Bytes of all files so far."""

    @property
    def omissions(self) -> tuple[Omission, ...]:
        """What was left out, and why."""
        return self._report.omissions

    def write(self, changes: Iterable[Change], branch: Branch) -> None:
        """Write changes.

        Args:
            changes: What has changed.
            branch: The tree that they were found in.

        Raises:
            Unsupported: Something has a name that a layer cannot have.
            InvalidValue: An owner is outside of the mapping.
            StorageError: The tree cannot be read, or changes meanwhile.
        """
        self._first_names.clear()  # of another tree
        try:
            for change in changes:
                self._write(change, branch)
        except OSError as error:
            raise StorageError(
                f"the tree cannot be read: {error.strerror}",
                path=str(error.filename or ""),
                errno=error.errno,
            ) from error

    def add(self, header: Header, content: bytes = b"") -> None:
        """Write an entry that comes from no tree; its time is bounded, and its name stays as it is."""
        self._head(header._replace(size=len(content)))
        self._take(content + padding(len(content)))
        self.file_bytes += len(content)

    def finish(self) -> None:
        """Write the end."""
        self._take(END)

    def _write(self, change: Change, branch: Branch) -> None:
        if change.mark is Mark.PRESENT:
            self._present(change, branch)
            return
        name = OPAQUE if change.mark is Mark.EMPTIED else WHITEOUT + change.name
        place = f"{change.directory}/{name}" if change.directory else name
        self._head(Header(self._prefix + place, mode=0o644))

    def _present(self, change: Change, branch: Branch) -> None:
        status = change.status
        assert status is not None
        kind = _KINDS.get(stat.S_IFMT(status.st_mode))
        if kind is None:
            self._report.omit("sockets, which no layer has", change.path)
            return
        if change.name.startswith(WHITEOUT):
            raise Unsupported(f"{change.path}: in a layer, such a name would hide something")
        if kind is Kind.FILE:
            self._file(change, branch)
            return
        header = self._header(change, kind, status, branch)
        if kind is Kind.DIRECTORY:
            header = header._replace(name=f"{header.name}/" if header.name else "./")
        elif kind is Kind.SYMBOLIC_LINK:
            header = header._replace(link_name=branch.target(change.directory, change.name))
        elif kind in _DEVICES:
            header = header._replace(major=os.major(status.st_rdev), minor=os.minor(status.st_rdev))
        self._head(header)

    def _header(self, change: Change, kind: Kind, status: os.stat_result, branch: Branch) -> Header:
        xattrs = branch.xattrs(change.directory, change.name)
        uid, gid = self._owner(change, status)
        seconds, fraction_ns = divmod(status.st_mtime_ns, _NANOSECONDS)
        return Header(
            (self._prefix + change.path).rstrip("/"),
            kind,
            mode=stat.S_IMODE(status.st_mode),
            uid=uid,
            gid=gid,
            modified_s=seconds,
            fraction_ns=fraction_ns,
            extended=dict(_record(name, value) for name, value in xattrs.items()),
        )

    def _owner(self, change: Change, status: os.stat_result) -> tuple[int, int]:
        ownership = self._ownership
        if not ownership.keeps_owners:
            return 0, 0
        try:
            return ownership.uids.inside(status.st_uid), ownership.gids.inside(status.st_gid)
        except InvalidValue as error:
            error.add(f", the owner of {change.path}")
            raise

    def _head(self, header: Header) -> None:
        if self._latest_s is not None and header.modified_ns > self._latest_s * _NANOSECONDS:
            header = header._replace(modified_s=self._latest_s, fraction_ns=0)
        self.entries += 1
        self._take(encode_header(header))

    def _file(self, change: Change, branch: Branch) -> None:
        descriptor = branch.open_file(change.directory, change.name)
        try:
            status = os.fstat(descriptor)
            header = self._header(change, Kind.FILE, status, branch)
            if branch.linked(status):
                first = self._first_names.setdefault((status.st_dev, status.st_ino), header.name)
                if first != header.name:
                    self._head(header._replace(kind=Kind.HARD_LINK, link_name=first, extended={}))
                    return
            parts = _parts(descriptor, status) if self._keeps_holes else None
            if parts is None:
                whole = (Part(0, status.st_size),)
                self._head(header._replace(size=status.st_size))
                self._body(descriptor, whole, change)
            else:
                stored = sum(part.size for part in parts)
                self._head(header._replace(size=stored, sparse=SparseMap(status.st_size, parts)))
                self._body(descriptor, parts, change)
        finally:
            os.close(descriptor)

    def _body(self, descriptor: int, parts: tuple[Part, ...], change: Change) -> None:
        for part in parts:
            os.lseek(descriptor, part.offset, os.SEEK_SET)
            left = part.size
            while left:
                piece = os.read(descriptor, min(left, _READ_BYTES))
                if not piece:
                    raise StorageError(f"{change.path}: changed while it was read", path=change.path)
                left -= len(piece)
                self._take(piece)
        size = sum(part.size for part in parts)
        self.file_bytes += size
        if size % 512:
            self._take(padding(size))


def _record(name: str, value: bytes) -> tuple[str, str]:
    """Return the record of an attribute; libarchive's, where the usual one has no room for the name."""
    if "=" in name:
        return f"LIBARCHIVE.xattr.{quote(name)}", b64encode(value).decode()
    return f"SCHILY.xattr.{name}", value.decode("utf-8", "surrogateescape")


def _parts(descriptor: int, status: os.stat_result) -> tuple[Part, ...] | None:
    """Find the parts of a file that are there, or None where all of it is."""
    if status.st_blocks * 512 >= status.st_size:
        return None
    parts: list[Part] = []
    end = 0
    while end < status.st_size:
        try:
            start = os.lseek(descriptor, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole follows
                break
            raise
        end = min(os.lseek(descriptor, start, os.SEEK_HOLE), status.st_size)
        parts.append(Part(start, end - start))
    return tuple(parts)
