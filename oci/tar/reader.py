"""From blocks to headers: ustar, pax and GNU, with every length bounded before it is believed.

What two programs might read differently is refused: bad checksums, negative or absurd numbers, pax
records whose lengths lie, names with NULs in them, extended headers that belong to no member.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, LimitExceeded
from . import field
from .header import BLOCK, Header, Kind
from .limit import TarLimits

if TYPE_CHECKING:
    from collections.abc import Callable

_LONG_NAME: Final = b"L"
_LONG_LINK: Final = b"K"
_PAX: Final = b"x"
_SOLARIS_PAX: Final = b"X"
_PAX_GLOBAL: Final = b"g"
_EXTENSIONS: Final = frozenset({_LONG_NAME, _LONG_LINK, _PAX, _SOLARIS_PAX, _PAX_GLOBAL})
_KINDS: Final = {kind.value: kind for kind in Kind} | {b"\0": Kind.FILE, b"7": Kind.FILE}
_DECIDES_LAYOUT: Final = frozenset({"size", "path", "linkpath"})
"""What a global pax header must not set: it would be true of every member that follows."""


class TarReader:
    """Reads the headers of one stream.

    Args:
        read: Reads the next bytes of the stream: as many as asked for, fewer only at its end.
        where: Which archive it is, for error messages.
        limits: Bounds.
    """

    def __init__(self, read: Callable[[int], bytes], *, where: str, limits: TarLimits | None = None) -> None:
        self._read = read
        self._where = where
        self._limits = limits or TarLimits()
        self._entries = 0
        self._global: dict[str, str] = {}
        self.has_end = False
        """Whether the stream ended with its end marker rather than by ending."""

    def next(self) -> Header | None:
        """Read the next member's header; then the stream stands at the member's body.

        Before the next call the stream has to be brought to the body's end: see `Header.padded_size`.

        Returns:
            The header, or None at the end.

        Raises:
            InvalidDocument: The stream is no tar stream, or ends in the middle.
            LimitExceeded: It asks for more than the limits allow.
        """
        extended: dict[str, str] = {}
        long: dict[bytes, str] = {}
        is_announced = False
        for _ in range(self._limits.extensions + 1):
            block = self._block()
            if block is None:
                if is_announced:
                    raise InvalidDocument(f"{self._where}: an extended header belongs to no member")
                return None
            flag = block[156:157]
            if flag not in _EXTENSIONS:
                return self._member(block, flag, self._global | extended, long)
            content = self._extension(block)
            is_announced = is_announced or flag != _PAX_GLOBAL
            if flag in {_LONG_NAME, _LONG_LINK}:
                long[flag] = self._path(content.partition(b"\0")[0].decode("utf-8", "surrogateescape"))
            elif flag == _PAX_GLOBAL:
                self._global |= self._harmless(self._records(content))
            else:
                extended |= self._records(content)
        raise LimitExceeded(limit="extensions", allowed=self._limits.extensions, where=self._where)

    def _block(self) -> bytes | None:
        block = self._read(BLOCK)
        if not block:
            return None
        if len(block) < BLOCK:
            raise InvalidDocument(f"{self._where}: the archive ends in the middle of a header")
        if not any(block):
            self.has_end = True
            return None
        # Some old writers summed signed bytes.
        stated = field.number(block[148:156], what="checksum", where=self._where)
        others = block[:148] + b" " * 8 + block[156:]
        unsigned = sum(others)
        if stated not in {unsigned, unsigned - 256 * sum(byte > 127 for byte in others)}:
            raise InvalidDocument(f"{self._where}: not a tar header (wrong checksum)")
        return block

    def _member(self, block: bytes, flag: bytes, extended: dict[str, str], long: dict[bytes, str]) -> Header:
        self._entries += 1
        if self._entries > self._limits.entries:
            raise LimitExceeded(limit="entries", allowed=self._limits.entries, where=self._where)
        name = extended.get("path") or long.get(_LONG_NAME) or _name_in(block)
        kind = _KINDS.get(flag, Kind.OTHER)
        if kind is Kind.FILE and name.endswith("/"):
            kind = Kind.DIRECTORY  # version 7 of Unix had no type for it
        return Header(
            name=self._path(name),
            kind=kind,
            size=self._number(block[124:136], extended, "size") if _has_body(kind) else 0,
            mode=field.number(block[100:108], what="mode", where=self._where) & 0o7777,
            uid=self._number(block[108:116], extended, "uid"),
            gid=self._number(block[116:124], extended, "gid"),
            modified_s=self._number(block[136:148], extended, "mtime"),
            link_name=self._path(
                extended.get("linkpath") or long.get(_LONG_LINK) or field.text(block[157:257])
            ),
            extended=extended,
        )

    def _number(self, raw: bytes, extended: dict[str, str], key: str) -> int:
        if key in extended:
            return field.decimal(extended[key], what=key, where=self._where)
        return field.number(raw, what=key, where=self._where)

    def _extension(self, block: bytes) -> bytes:
        size = field.number(block[124:136], what="size", where=self._where)
        if size > self._limits.extension_bytes:
            raise LimitExceeded(
                limit="extension_bytes", allowed=self._limits.extension_bytes, where=self._where
            )
        padded = Header(name="", size=size).padded_size
        content = self._read(padded)
        if len(content) < padded:
            raise InvalidDocument(f"{self._where}: the archive ends in the middle of an extended header")
        return content[:size]

    def _records(self, content: bytes) -> dict[str, str]:
        """Read pax records: ``<length> <key>=<value>`` and a line feed, all of it counted by the length."""
        records: dict[str, str] = {}
        while content:
            digits, space, _ = content[:8].partition(b" ")
            length = int(digits) if digits.isdigit() else 0
            record = content[len(digits) + 1 : length]
            if not space or length > len(content) or not record.endswith(b"\n"):
                raise InvalidDocument(f"{self._where}: a pax header is malformed")
            key, equals, value = record[:-1].partition(b"=")
            if not equals or not key or b"\0" in key or (b"\0" in value and key in {b"path", b"linkpath"}):
                raise InvalidDocument(f"{self._where}: a pax header is malformed")
            records[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
            content = content[length:]
        return records

    def _harmless(self, records: dict[str, str]) -> dict[str, str]:
        if _DECIDES_LAYOUT & records.keys():
            raise InvalidDocument(f"{self._where}: a global pax header sets a path or a size")
        return records

    def _path(self, path: str) -> str:
        if len(path.encode("utf-8", "surrogateescape")) > self._limits.path_bytes:
            raise LimitExceeded(limit="path_bytes", allowed=self._limits.path_bytes, where=self._where)
        return path


def _name_in(block: bytes) -> str:
    name = field.text(block[:100])
    # GNU's own magic ("ustar  ") puts other things where ustar has a prefix.
    prefix = field.text(block[345:500]) if block[257:263] == b"ustar\0" else ""
    return f"{prefix}/{name}" if prefix else name


def _has_body(kind: Kind) -> bool:
    # Links and devices have none, whatever their size field says (POSIX, "size").
    return kind in {Kind.FILE, Kind.SPARSE, Kind.OTHER}
