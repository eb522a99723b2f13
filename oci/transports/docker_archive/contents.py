"""The members of an archive by their paths, links between them followed, and nothing ever unpacked.

A path is a key in a table and never reaches the file system; one that would lead out of the archive is
refused all the same, since other programs do unpack it. Of members with one name the first would be read
here and the last one elsewhere: they have to be equal.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument, LimitExceeded
from ...frozen import frozen
from ...tar import Kind, TarLimits
from ..oci_archive.member import digest_in, scan

if TYPE_CHECKING:
    from ...spec import Digest
    from ..layout.blob_stream import PositionalFile
    from ..oci_archive.member import Member

LIMITS: Final = TarLimits(entries=200_000)
"""Members of one archive: some ten thousand images of the classic kind."""

MAX_LINKS: Final = 16
"""Links that may lead to one another: ``docker save`` needs one."""

_COMPARE_BYTES: Final = 1024 * 1024


@frozen
class _Found:
    member: Member
    kind: Kind
    is_sparse: bool
    link: str


class Contents:
    """The members of one archive.

    Args:
        file: The archive, not compressed.
        where: How it is called in messages.
        limits: Bounds on members and headers.

    Raises:
        InvalidDocument: It is no tar archive, is cut off, or has a member whose name leads elsewhere.
        LimitExceeded: It has more members, or longer headers, than the limits allow.
    """

    def __init__(self, file: PositionalFile, *, where: str, limits: TarLimits = LIMITS) -> None:
        self.file = file
        self.where = where
        self._found: dict[str, list[_Found]] = {}
        for name, header, member in scan(file, file.size, where=where, limits=limits):
            found = _Found(member, header.kind, header.is_sparse, header.link_name)
            self._found.setdefault(name, []).append(found)

    def __contains__(self, path: str) -> bool:
        return path in self._found

    def find(self, path: str) -> Member | None:
        """Return where the bytes of a plain file are, after following links; None if there is no such member.

        Args:
            path: The path, as a document of the archive or a link has it.

        Raises:
            InvalidDocument: It leads out of the archive, in circles, or to something that is no plain file.
        """
        wanted = path
        for _ in range(MAX_LINKS):
            name = self._normal(wanted, path)
            if name not in self._found:
                return None
            found = self._one(name)
            if found.kind is Kind.SYMBOLIC_LINK:
                if found.link.startswith("/"):
                    raise self._fault(path, f"is a link that leads out of it, to {found.link[:160]!a}")
                wanted = posixpath.join(posixpath.dirname(name), found.link)
            elif found.kind is Kind.HARD_LINK:
                wanted = found.link
            elif found.kind is Kind.FILE and not found.is_sparse:
                return found.member
            else:
                raise self._fault(path, "is not a plain file")
        raise self._fault(path, f"is a link, and so are {MAX_LINKS - 1} further ones")

    def read(self, path: str, *, limit: int) -> bytes | None:
        """Read a small file; None if there is no such member.

        Raises:
            LimitExceeded: It has more than ``limit`` bytes.
            InvalidDocument: See `find`.
        """
        member = self.find(path)
        if member is None:
            return None
        if member.size > limit:
            raise LimitExceeded(limit=f"{path[:160]} bytes", allowed=limit, where=self.where)
        return self.file.read_at(member.offset, member.size)

    def blobs(self) -> dict[Digest, Member]:
        """Return where the blobs of a layout lie that is part of the archive."""
        found = {}
        for name in self._found:
            if (digest := digest_in(name)) is not None and (member := self.find(name)) is not None:
                found[digest] = member
        return found

    def _normal(self, path: str, asked: str) -> str:
        normal = posixpath.normpath(path) if path else "."
        if normal.startswith(("/", "../")) or normal in {".", ".."} or "\0" in normal:
            raise self._fault(asked, "leads out of it")
        return normal

    def _one(self, name: str) -> _Found:
        first, *others = self._found[name]
        for other in others:
            if not self._equal(first, other):
                raise self._fault(name, "appears more than once, with different content")
        return first

    def _equal(self, one: _Found, other: _Found) -> bool:
        if (one.kind, one.link, one.is_sparse) != (other.kind, other.link, other.is_sparse):
            return False
        if one.member.size != other.member.size:
            return False
        for at in range(0, one.member.size, _COMPARE_BYTES):
            size = min(_COMPARE_BYTES, one.member.size - at)
            left = self.file.read_at(one.member.offset + at, size)
            if left != self.file.read_at(other.member.offset + at, size):
                return False
        return True

    def _fault(self, path: str, what: str) -> InvalidDocument:
        return InvalidDocument(f"{self.where}: member {path[:160]!a} {what}")
