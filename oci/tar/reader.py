"""From blocks to headers: ustar, pax and GNU, with every length bounded before it is believed.

What two programs might read differently is refused: bad checksums, negative or absurd numbers, pax
records whose lengths lie, names with NULs in them, extended headers that belong to no member.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, LimitExceeded
from . import field, sparse
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
_WITH_BODY: Final = frozenset({Kind.FILE, Kind.SPARSE, Kind.OTHER})
_DEVICES: Final = frozenset({Kind.CHARACTER_DEVICE, Kind.BLOCK_DEVICE})
_KINDS: Final = {kind.value: kind for kind in Kind} | {b"\0": Kind.FILE, b"7": Kind.FILE}
_FIELDS: Final = struct.Struct("100s8s8s8s12s12s8sc100s8s64x8s8s155s12x")
# name, mode, uid, gid, size, mtime, checksum, type flag, link name, magic, device numbers, prefix

_SPACES_SUM: Final = 8 * 0x20
_ADLER_BASE: Final = 65521
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
        a tenth of the time that Python's own ``sum`` takes.
        """
        raw = block[148:156]
        stated = field.number(raw, what="checksum", where=self._where)
        added = (zlib.adler32(block) & 0xFFFF) - 1 - sum(raw) + _SPACES_SUM
        if (added - stated) % _ADLER_BASE == 0:
            return
        # Some old writers summed signed bytes.
        others = block[:148] + b" " * 8 + block[156:]
        if stated != sum(others) - 256 * sum(byte > 127 for byte in others):
            raise InvalidDocument(f"{self._where}: not a tar header (wrong checksum)")

    def _member(self, block: bytes, flag: bytes, extended: dict[str, str], long: dict[bytes, str]) -> Header:
        self._entries += 1
        if self._entries > self._limits.entries:
            raise LimitExceeded(limit="entries", allowed=self._limits.entries, where=self._where)
        where = self._where
        raw_name, mode, uid, gid, size, mtime, _, _, link, magic, major, minor, prefix = _FIELDS.unpack(block)
        name = field.text(raw_name)
        # GNU's own magic ("ustar  ") puts other things where ustar has a prefix.
        if prefix[0] and magic[:6] == b"ustar\0":
            name = f"{field.text(prefix)}/{name}"
        if long:
            name = long.get(_LONG_NAME, name)
        kind = _KINDS.get(flag, Kind.OTHER)
        header = Header(
            self._path(name),
            kind,
            # Links and devices have no body, whatever their size field says (POSIX, "size").
            field.number(size, what="size", where=where) if kind in _WITH_BODY else 0,
            field.number(mode, what="mode", where=where) & 0o7777,
            field.number(uid, what="uid", where=where),
            field.number(gid, what="gid", where=where),
            field.seconds(mtime, where=where),
            self._path(long.get(_LONG_LINK) or field.text(link)) if long or link[0] else "",
        )
        if kind in _DEVICES:
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

    def _extended(self, header: Header, extended: dict[str, str]) -> Header:
        """Apply a pax header, which outdoes the fields of the block."""
        changed: dict[str, int | str] = {}
        for key in ("size", "uid", "gid"):
            if key in extended and (key != "size" or header.kind in _WITH_BODY):
                changed[key] = field.decimal(extended[key], what=key, where=self._where)
        for key, attribute in (("path", "name"), ("linkpath", "link_name")):
            if extended.get(key):
                changed[attribute] = self._path(extended[key])
        if "mtime" in extended:
            time_ns = field.nanoseconds(extended["mtime"], where=self._where)
            changed["modified_s"], changed["fraction_ns"] = divmod(time_ns, 1_000_000_000)
        header = Header(**{**header._asdict(), **changed, "extended": extended})
        return self._with_holes(header) if header.kind is Kind.FILE else header

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
