"""From blocks to headers: ustar, pax and GNU, with every length bounded before it is believed.

What two programs might read differently is refused: bad checksums, negative or absurd numbers, pax
records whose lengths lie, names with NULs in them, extended headers that belong to no member.
"""

from __future__ import annotations

import zlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, LimitExceeded
from . import field, sparse
from .header import BLOCK, NO_RECORDS, Header, Kind
from .limit import TarLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONG_NAME: Final = b"L"
_LONG_LINK: Final = b"K"
_PAX: Final = b"x"
_SOLARIS_PAX: Final = b"X"
_PAX_GLOBAL: Final = b"g"
_EXTENSIONS: Final = frozenset({_LONG_NAME, _LONG_LINK, _PAX, _SOLARIS_PAX, _PAX_GLOBAL})
_WITHOUT_BODY: Final = frozenset({b"1", b"2", b"3", b"4", b"5", b"6"})
_WITH_BODY: Final = frozenset({Kind.FILE, Kind.SPARSE, Kind.OTHER})
_DEVICES: Final = frozenset({Kind.CHARACTER_DEVICE, Kind.BLOCK_DEVICE})
_PLAIN: Final = frozenset({b"0", b"\0", b"7", b"1", b"2", b"5", b"6"})
"""What has nothing but the fields that all members have."""

_NO_LONG_NAMES: Final[Mapping[bytes, str]] = MappingProxyType({})
_KINDS: Final = {kind.value: kind for kind in Kind} | {b"\0": Kind.FILE, b"7": Kind.FILE}

# Where the fields of a block stand (POSIX, "ustar Interchange Format").
_NAME: Final = slice(0, 100)
_MODE_AND_OWNERS: Final = slice(100, 124)
_SIZE: Final = slice(124, 136)
_TIME: Final = slice(136, 148)
_CHECKSUM: Final = slice(148, 156)
_FLAG: Final = slice(156, 157)
_LINK: Final = slice(157, 257)
_MAGIC: Final = slice(257, 263)
_DEVICE: Final = slice(329, 345)
_PREFIX: Final = slice(345, 500)
_NAMES: Final = ("mode", "uid", "gid")

_SPACES_SUM: Final = 8 * 0x20
_ADLER_BASE: Final = 65521
_NANOSECONDS: Final = 1_000_000_000
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
        self._sparse = sparse.SparseReader(read, where=where, limit=self._limits.sparse_parts)
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
        block = self._block()
        if block is None:
            return None
        flag = block[_FLAG]
        if flag in _EXTENSIONS:
            return self._after_extensions(block)
        return self._member(block, flag, self._global, _NO_LONG_NAMES)

    def _after_extensions(self, block: bytes | None) -> Header | None:
        """Read extended headers, the first of which is at hand, and the member that they belong to."""
        extended: dict[str, str] = {}
        long: dict[bytes, str] = {}
        is_announced = False
        for _ in range(self._limits.extensions + 1):
            if block is None:
                if is_announced:
                    raise InvalidDocument(f"{self._where}: an extended header belongs to no member")
                return None
            flag = block[_FLAG]
            if flag not in _EXTENSIONS:
                return self._member(block, flag, self._global | extended, long)
            content = self._extension(block)
            is_announced = is_announced or flag != _PAX_GLOBAL
            if flag in {_LONG_NAME, _LONG_LINK}:
                long[flag] = self._path(content.partition(b"\0")[0].decode("utf-8", "surrogateescape"))
            elif flag == _PAX_GLOBAL:
                # A new one each time: members that were read hold the old one.
                self._global = self._global | self._harmless(self._records(content))
            else:
                extended |= self._records(content)
            block = self._block()
        raise LimitExceeded(limit="extensions", allowed=self._limits.extensions, where=self._where)

    def _block(self) -> bytes | None:
        block = self._read(BLOCK)
        if not block:
            return None
        if len(block) < BLOCK:
            raise InvalidDocument(f"{self._where}: the archive ends in the middle of a header")
        if not block[0] and not any(block):
            # Two such blocks are the end; after one alone some programs go on, and some stop.
            if any(self._read(BLOCK)):
                raise InvalidDocument(f"{self._where}: a block of zeros in the middle of the archive")
            self.has_end = True
            return None
        self._check(block)
        return block

    def _check(self, block: bytes) -> None:
        """Refuse a block whose bytes do not add up to the sum that it states.

        The sum is taken from Adler-32, whose lower half is one more than the sum of the bytes, modulo 65521:
        a tenth of the time that Python's own ``sum`` takes. What the field itself adds is taken off again.
        """
        raw = block[_CHECKSUM]
        added = (zlib.adler32(block) & 0xFFFF) - (zlib.adler32(raw) & 0xFFFF) + _SPACES_SUM
        if raw == b"%06o\0 " % added:
            return
        stated = field.number(raw, what="checksum", where=self._where)
        if (added - stated) % _ADLER_BASE == 0:
            return
        # Some old writers summed signed bytes.
        others = block[:148] + b" " * 8 + block[156:]
        if stated != sum(others) - 256 * sum(byte > 127 for byte in others):
            raise InvalidDocument(f"{self._where}: not a tar header (wrong checksum)")

    def _member(
        self, block: bytes, flag: bytes, extended: Mapping[str, str], long: Mapping[bytes, str]
    ) -> Header:
        self._entries += 1
        if self._entries > self._limits.entries:
            raise LimitExceeded(limit="entries", allowed=self._limits.entries, where=self._where)
        kind = _KINDS.get(flag, Kind.OTHER)
        mode, uid, gid = field.octals(block[_MODE_AND_OWNERS]) or self._large_numbers(block)
        # Links and devices have no body, whatever their size field says (POSIX, "size").
        size = field.number(block[_SIZE], what="size", where=self._where) if flag not in _WITHOUT_BODY else 0
        modified_s = field.seconds(block[_TIME], where=self._where)
        name = self._name(block, long)
        link = self._path(long.get(_LONG_LINK) or field.text(block[_LINK])) if long or block[157] else ""
        # All of them, and not by name: the constructor of a named tuple would take as long as all the rest.
        members = (name, kind, size, mode & 0o7777, uid, gid, modified_s, link, NO_RECORDS, 0, 0, 0, None)
        header = tuple.__new__(Header, members)
        if not extended and flag in _PLAIN and (kind is not Kind.FILE or name[-1:] != "/"):
            return header
        return self._completed(header, block, extended)

    def _name(self, block: bytes, long: Mapping[bytes, str]) -> str:
        end = block.find(0, 0, 100)
        name = block[: end if end >= 0 else 100].decode("utf-8", "surrogateescape")
        # GNU's own magic ("ustar  ") puts other things where ustar has a prefix.
        if block[345] and block[_MAGIC] == b"ustar\0":
            name = f"{field.text(block[_PREFIX])}/{name}"
        return self._path(long.get(_LONG_NAME, name) if long else name)

    def _large_numbers(self, block: bytes) -> tuple[int, ...]:
        """Read the mode and the owners where one of them is not written in octal digits."""
        raw = block[_MODE_AND_OWNERS]
        return tuple(
            field.number(raw[8 * at : 8 * at + 8], what=what, where=self._where)
            for at, what in enumerate(_NAMES)
        )

    def _completed(self, header: Header, block: bytes, extended: Mapping[str, str]) -> Header:
        """Add what few kinds of members have, and what extended headers say."""
        kind, where = header.kind, self._where
        if kind in _DEVICES:
            major, minor = block[_DEVICE][:8], block[_DEVICE][8:]
            header = header._replace(
                major=field.number(major, what="device number", where=where),
                minor=field.number(minor, what="device number", where=where),
            )
        if extended:
            header = self._extended(header, extended)
        if kind is Kind.SPARSE:
            return header._replace(sparse=self._sparse.of_block(block, header.size))
        if kind is Kind.FILE and header.name.endswith("/"):
            # Version 7 of Unix had no type for it. Some programs pass over the body, and some do not.
            if header.size:
                raise InvalidDocument(f"{where}: a directory with content")
            header = header._replace(kind=Kind.DIRECTORY)
        return header

    def _extended(self, header: Header, extended: Mapping[str, str]) -> Header:
        """Apply a pax header, which outdoes the fields of the block."""
        modified_s, fraction_ns = header.modified_s, 0
        if "mtime" in extended:
            time_ns = field.nanoseconds(extended["mtime"], where=self._where)
            modified_s, fraction_ns = divmod(time_ns, _NANOSECONDS)
        header = header._replace(
            name=self._path(extended.get("path") or header.name),
            size=self._decimal(extended, "size", header.size) if header.kind in _WITH_BODY else 0,
            uid=self._decimal(extended, "uid", header.uid),
            gid=self._decimal(extended, "gid", header.gid),
            modified_s=modified_s,
            link_name=self._path(extended.get("linkpath") or header.link_name),
            extended=extended,
            fraction_ns=fraction_ns,
        )
        return self._with_holes(header) if header.kind is Kind.FILE else header

    def _decimal(self, extended: Mapping[str, str], key: str, otherwise: int) -> int:
        text = extended.get(key)
        return otherwise if text is None else field.decimal(text, what=key, where=self._where)

    def _with_holes(self, header: Header) -> Header:
        """Read the map that a pax header announces."""
        records = header.extended
        if not any(key.startswith(sparse.PREFIX) for key in records):
            return header
        found, left = self._sparse.of_records(records, header.size)
        return header._replace(
            name=self._path(records.get(sparse.NAME) or header.name), size=left, sparse=found
        )

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
        pairs: list[str] = []
        while content:
            digits, space, _ = content[:8].partition(b" ")
            length = int(digits) if digits.isdigit() else 0
            record = content[len(digits) + 1 : length]
            if not space or length > len(content) or not record.endswith(b"\n"):
                raise InvalidDocument(f"{self._where}: a pax header is malformed")
            key, equals, value = record[:-1].partition(b"=")
            if not equals or not key or b"\0" in key or (b"\0" in value and key in {b"path", b"linkpath"}):
                raise InvalidDocument(f"{self._where}: a pax header is malformed")
            name, text = key.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape")
            if name in sparse.PAIR:
                # The only records that repeat (sparse form 0.0), and that in a fixed order.
                if name != sparse.PAIR[len(pairs) % 2]:
                    raise InvalidDocument(f"{self._where}: a pax header is malformed")
                pairs.append(text)
            records[name] = text
            content = content[length:]
        if pairs:
            records[sparse.MAP] = ",".join(pairs)
        return records

    def _harmless(self, records: dict[str, str]) -> dict[str, str]:
        if _DECIDES_LAYOUT & records.keys():
            raise InvalidDocument(f"{self._where}: a global pax header sets a path or a size")
        return records

    def _path(self, path: str) -> str:
        longest = self._limits.path_bytes
        # No character takes more than four bytes.
        if 4 * len(path) > longest and len(path.encode("utf-8", "surrogateescape")) > longest:
            raise LimitExceeded(limit="path_bytes", allowed=self._limits.path_bytes, where=self._where)
        return path
