"""From headers to blocks: ustar, and a pax header where ustar has no room; equal headers give equal bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .header import BLOCK, Header

if TYPE_CHECKING:
    from collections.abc import Mapping

END: Final = bytes(2 * BLOCK)
"""What ends an archive."""

_MAX_OCTAL: Final = 8**11 - 1
_NAME_BYTES: Final = 100


def encode_header(header: Header) -> bytes:
    """Return the blocks before a member's body.

    Args:
        header: The member. Its ``extended`` records are written out too.

    Raises:
        ValueError: A number is negative.
    """
    name, link = _encoded(header.name), _encoded(header.link_name)
    records = dict(header.extended)
    if len(name) > _NAME_BYTES:
        records["path"] = header.name
    if len(link) > _NAME_BYTES:
        records["linkpath"] = header.link_name
    for key, value in (("size", header.size), ("mtime", header.modified_s)):
        if value > _MAX_OCTAL:
            records[key] = str(value)
    block = _block(header, name, link)
    if not records:
        return block
    content = _records(records)
    extension = Header(name="PaxHeaders/member", size=len(content), modified_s=header.modified_s)
    return (
        _block(extension, _encoded(extension.name), b"", flag=b"x") + content + padding(len(content)) + block
    )


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
            _octal(header.modified_s, 12),
            b" " * 8,
            flag or header.kind.value,
            link[:_NAME_BYTES].ljust(_NAME_BYTES, b"\0"),
            b"ustar\x0000",
            bytes(2 * 32),
            _octal(0, 8),
            _octal(0, 8),
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
