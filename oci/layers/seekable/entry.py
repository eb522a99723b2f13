"""One entry of a table of contents: a member of the archive, or a further chunk of the file before it.

The members of the JSON are those of stargz-snapshotter's estargz.md, "TOC", which zstd:chunked took over.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument
from ...frozen import field as frozen_field
from ...frozen import frozen
from ...spec import Digest, field
from ...tar import Header, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHILY: Final = "SCHILY.xattr."
_TYPES: Final = {
    Kind.FILE: "reg",
    Kind.HARD_LINK: "hardlink",
    Kind.SYMBOLIC_LINK: "symlink",
    Kind.CHARACTER_DEVICE: "char",
    Kind.BLOCK_DEVICE: "block",
    Kind.DIRECTORY: "dir",
    Kind.FIFO: "fifo",
}
_KINDS: Final = {text: kind for kind, text in _TYPES.items()}
_CHUNK: Final = "chunk"
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MAX_NUMBER: Final = 2**53
_MAX_SECONDS: Final = 253_402_300_799
"""The end of the year 9999: the last time that RFC 3339 can write."""


@frozen(kw_only=True)
class TableLimits:
    """Bounds on a table of contents; passing one raises `oci.errors.LimitExceeded` with its name.

    Args:
        stored_bytes: The table as it is stored.
        expanded_bytes: The table as JSON.
        entries: Entries and chunks.
        chunk_bytes: One chunk, expanded.
    """

    stored_bytes: int = 64 * 1024**2
    expanded_bytes: int = 256 * 1024**2
    entries: int = 5_000_000
    chunk_bytes: int = 64 * 1024**2


@frozen(kw_only=True)
class TableChunk:
    """A part of a file that can be read by itself.

    Args:
        offset: Where in the layer, as it is stored, it begins.
        end: Where it ends at the latest.
        place: Where in the file it begins.
        size: Its bytes.
        digest: Their digest.
        is_hole: Whether it is zeros that are not stored.
    """

    offset: int
    end: int
    place: int
    size: int
    digest: Digest | None
    is_hole: bool = False


@frozen(kw_only=True)
class TableEntry:
    """A member.

    Args:
        header: What the archive says of it; times are as exact as the table's.
        digest: The digest of the whole content; None for what has none.
        chunks: What a file's content is made of.
    """

    header: Header
    digest: Digest | None = None
    chunks: tuple[TableChunk, ...] = frozen_field(default=())


def described(header: Header, *, with_nanoseconds: bool) -> dict[str, object]:
    """Return the members of an entry that every entry has."""
    members: dict[str, object] = {"name": header.name, "type": _TYPES[header.kind]}
    if header.kind is Kind.FILE and header.size:
        members["size"] = header.size
    members["modtime"] = _time(header, with_nanoseconds=with_nanoseconds)
    if header.link_name:
        members["linkName"] = header.link_name
    members |= {"mode": header.mode, "uid": header.uid, "gid": header.gid}
    if header.major or header.minor:
        members |= {"devMajor": header.major, "devMinor": header.minor}
    xattrs = {
        key.removeprefix(_SCHILY): b64encode(text.encode("utf-8", "surrogateescape")).decode()
        for key, text in header.extended.items()
        if key.startswith(_SCHILY)
    }
    if xattrs:
        members["xattrs"] = xattrs
    return members


def is_describable(header: Header) -> bool:
    """Tell whether a table can say what an entry is: it knows no holes, and no names that are not UTF-8."""
    return header.kind in _TYPES and header.sparse is None and _is_text(header.name + header.link_name)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def parsed(members: Mapping[str, object], *, where: str) -> TableEntry | None:
    """Read an entry without its chunks; None for a further chunk.

    Raises:
        InvalidDocument: It is malformed.
    """
    kind = field.text(members, "type", where=where)
    if kind == _CHUNK:
        return None
    if kind not in _KINDS:
        raise InvalidDocument(f"{where}: an entry of a type that is not known: {kind[:40]!r}")
    seconds, fraction_ns = _read_time(field.text(members, "modtime", where=where), where)
    header = Header(
        field.text(members, "name", where=where),
        _KINDS[kind],
        size=number(members, "size", where),
        mode=number(members, "mode", where) & 0o7777,
        uid=number(members, "uid", where),
        gid=number(members, "gid", where),
        modified_s=seconds,
        link_name=field.text(members, "linkName", where=where),
        extended=_xattrs(members, where),
        fraction_ns=fraction_ns,
        major=number(members, "devMajor", where),
        minor=number(members, "devMinor", where),
    )
    return TableEntry(header=header, digest=digest_of(members, "digest", where))


def number(members: Mapping[str, object], key: str, where: str) -> int:
    """Read a number that is not negative; 0 where there is none."""
    found = field.integer(members, key, where=where) or 0
    if not 0 <= found <= _MAX_NUMBER:
        raise InvalidDocument(f"{where}: an entry's {key} is out of range")
    return found


def digest_of(members: Mapping[str, object], key: str, where: str) -> Digest | None:
    """Read a digest, or None where there is none."""
    text = field.text(members, key, where=where)
    return Digest.parse(text) if text else None


def _xattrs(members: Mapping[str, object], where: str) -> dict[str, str]:
    found = {}
    for name, text in (field.text_map(members, "xattrs", where=where) or {}).items():
        try:
            value = b64decode(text, validate=True)
        except ValueError as error:
            raise InvalidDocument(f"{where}: an extended attribute is not base64") from error
        found[_SCHILY + name] = value.decode("utf-8", "surrogateescape")
    return found


def _time(header: Header, *, with_nanoseconds: bool) -> str:
    seconds = min(max(header.modified_s, 0), _MAX_SECONDS)
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if with_nanoseconds and header.fraction_ns:
        text += f".{header.fraction_ns:09d}".rstrip("0")
    return f"{text}Z"


def _read_time(text: str, where: str) -> tuple[int, int]:
    if not text:
        return 0, 0
    found = _TIME.fullmatch(text)
    if found is None:
        raise InvalidDocument(f"{where}: an entry's time is malformed")
    whole, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(whole + zone)
    except ValueError as error:
        raise InvalidDocument(f"{where}: an entry's time is malformed") from error
    return int(moment.timestamp()), int((fraction or "")[:9].ljust(9, "0"))
