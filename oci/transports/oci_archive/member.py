"""The members of an archive that make up a layout, found by their headers alone.

Bodies are skipped, so that an archive of any size is understood after a few reads. A member whose name has
the shape of a layout's file must be a plain file, once; a name that would lead out of a directory condemns
the whole archive; what else is in it (Docker adds files of its own) is passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import InvalidDigest, InvalidDocument
from ...frozen import frozen
from ...spec import Digest
from ...tar import Kind, TarReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...tar import Header, TarLimits
    from ..layout.blob_stream import PositionalFile

_FILES: Final = frozenset({"oci-layout", "index.json"})
_BLOBS: Final = "blobs"


@frozen
class Member:
    """Where a file's bytes lie in the archive.

    Args:
        offset: Bytes from the beginning of the archive.
        size: Their number.
    """

    offset: int
    size: int


@frozen
class Members:
    """The files of a layout in an archive.

    Args:
        files: ``oci-layout`` and ``index.json``.
        blobs: The blobs.
    """

    files: Mapping[str, Member]
    blobs: Mapping[Digest, Member]


def find_members(file: PositionalFile, size: int, *, where: str, limits: TarLimits | None = None) -> Members:
    """Read the headers of an archive.

    Args:
        file: The archive, not compressed.
        size: Its size in bytes.
        where: Which archive it is, for error messages.
        limits: Bounds on members and headers.

    Raises:
        InvalidDocument: It is no tar archive, is cut off, or a member is not what it should be.
        LimitExceeded: It has more members, or longer headers, than the limits allow.
    """
    files: dict[str, Member] = {}
    blobs: dict[Digest, Member] = {}
    for name, header, member in scan(file, size, where=where, limits=limits):
        if name in _FILES:
            _check_plain(header, where, is_known=name in files)
            files[name] = member
        elif (digest := digest_in(name)) is not None:
            _check_plain(header, where, is_known=digest in blobs)
            blobs[digest] = member
    return Members(files, blobs)


def scan(
    file: PositionalFile, size: int, *, where: str, limits: TarLimits | None = None
) -> Iterator[tuple[str, Header, Member]]:
    """Yield every member: its name as a relative path, its header, and where its bytes lie.

    The arguments are those of `find_members`, and so is what it raises.
    """
    cursor = _Cursor(file)
    reader = TarReader(cursor.read, where=where, limits=limits)
    while (header := reader.next()) is not None:
        member = Member(cursor.at, header.size)
        if member.offset + member.size > size:
            raise InvalidDocument(f"{where}: the archive ends in the middle of {header.name[:160]!a}")
        cursor.at += header.padded_size
        yield _relative(header.name, where), header, member
    if not reader.has_end:
        raise InvalidDocument(f"{where}: the archive is cut off, it has no end marker")


class _Cursor:
    def __init__(self, file: PositionalFile) -> None:
        self._file = file
        self.at = 0

    def read(self, size: int) -> bytes:
        content = self._file.read_at(self.at, size)
        self.at += len(content)
        return content


def _relative(name: str, where: str) -> str:
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\\" in name:
        raise InvalidDocument(f"{where}: a member's name leads elsewhere: {name[:160]!a}")
    return "/".join(part for part in parts if part not in {"", "."})


def digest_in(name: str) -> Digest | None:
    """Return the digest of the blob that lies at a path of a layout, or None for any other path."""
    parts = name.split("/")
    if len(parts) != 3 or parts[0] != _BLOBS:
        return None
    try:
        return Digest(parts[1], parts[2])
    except InvalidDigest:
        return None


def _check_plain(header: Header, where: str, *, is_known: bool) -> None:
    if header.kind is not Kind.FILE or header.is_sparse:
        raise InvalidDocument(f"{where}: {header.name[:160]!a} is not a plain file")
    if is_known:
        raise InvalidDocument(f"{where}: {header.name[:160]!a} appears twice")
