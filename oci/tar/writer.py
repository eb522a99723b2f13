"""From headers to blocks: ustar, and a pax header where ustar has no room; equal headers give equal bytes.

Times finer than a second, times before 1970, large numbers and long names are pax records. The holes of
sparse files are written in the newest of GNU's forms (1.0), which keeps its map before the parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import sparse
from .header import BLOCK, Header, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

END: Final = bytes(2 * BLOCK)
"""What ends an archive."""

_MAX_OCTAL: Final = 8**11 - 1
_MAX_OWNER: Final = 8**7 - 1
_NAME_BYTES: Final = 100
_NANOSECONDS: Final = 1_000_000_000


def encode_header(header: Header) -> bytes:
    """Return the blocks before a member's body.

    Args:
        header: The member. Its ``extended`` records are written out too. Of a sparse file, the body is its
            parts, one after the other, and ``size`` is theirs.

    Raises:
        ValueError: A number is negative.
    """
    records = dict(header.extended)
    after = b""
    if header.sparse is not None:
        records |= sparse.records_of(header.name, header.sparse)
        after = sparse.encode_map(header.sparse)
        header = header._replace(
            name=f"GNUSparseFile.0/{header.name[:8]}", kind=Kind.FILE, size=len(after) + header.size
        )
    name, link = _encoded(header.name), _encoded(header.link_name)
    if len(name) > _NAME_BYTES:
        records["path"] = header.name
    if len(link) > _NAME_BYTES:
        records["linkpath"] = header.link_name
    if header.size > _MAX_OCTAL:
        records["size"] = str(header.size)
    for key, owner in (("uid", header.uid), ("gid", header.gid)):
        if owner > _MAX_OWNER:
            records[key] = str(owner)
    if header.fraction_ns or not 0 <= header.modified_s <= _MAX_OCTAL:
        records["mtime"] = _seconds(header.modified_ns)
    block = _block(header, name, link)
    if not records:
        return block + after
    content = _records(records)
    extension = Header(name="PaxHeaders/member", size=len(content), modified_s=header.modified_s)
    announced = _block(extension, _encoded(extension.name), b"", flag=b"x")
    return announced + content + padding(len(content)) + block + after


def padding(size: int) -> bytes:
    """Return what follows a body of ``size`` bytes up to the next header."""
    return bytes(-size % BLOCK)


def _block(header: Header, name: bytes, link: bytes, *, flag: bytes | None = None) -> bytes:
    block = b"".join(
        (
            name[:_NAME_BYTES].ljust(_NAME_BYTES, b"\0"),
            _octal(header.mode & 0o7777, 8),
            _octal(header.uid, 8),
            _octal(header.gid, 8),
            _octal(header.size, 12),
            _octal(max(header.modified_s, 0), 12),
            b" " * 8,
            flag or header.kind.value,
            link[:_NAME_BYTES].ljust(_NAME_BYTES, b"\0"),
            b"ustar\x0000",
            bytes(2 * 32),
            _octal(header.major, 8),
            _octal(header.minor, 8),
            bytes(155),
            bytes(12),
        )
    )
    checksum = b"%06o\0 " % sum(block)
    return block[:148] + checksum + block[156:]


def _octal(value: int, width: int) -> bytes:
    if value < 0:
        raise ValueError(f"a tar header has no room for {value}")
    digits = b"%0*o" % (width - 1, value)
    # What does not fit is said in a pax header; the field must still be one that every reader accepts.
    return (digits if len(digits) < width else b"0" * (width - 1)) + b"\0"


def _seconds(time_ns: int) -> str:
    """Write a time as decimal seconds, with no more digits than it needs."""
    whole, fraction = divmod(abs(time_ns), _NANOSECONDS)
    sign = "-" if time_ns < 0 else ""
    return f"{sign}{whole}.{fraction:09d}".rstrip("0").rstrip(".")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _records(records: Mapping[str, str]) -> bytes:
    lines = []
    for key, value in sorted(records.items()):
        rest = b" " + _encoded(key) + b"=" + _encoded(value) + b"\n"
        length = len(rest)
        # The length counts its own digits, which may make it one digit longer.
        while len(str(length)) + len(rest) != length:
            length = len(str(length)) + len(rest)
        lines.append(b"%d" % length + rest)
    return b"".join(lines)
