"""Writing eStargz: gzip members, one for each chunk, and a table in the archive's last entry (estargz.md).

The table is a member of the archive like any other, so that what the layer expands to, and with it the
DiffID, is another one than before. Its place is in a footer of 51 bytes: an empty gzip member that says so.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Final

from isal import isal_zlib

from ...compression.gzip_block import FAST_LEVELS
from ...compression.seekable import ESTARGZ_DIGEST
from ...spec import Digest
from ...spec.digest import new_hasher
from ...tar import END, Header, Kind, encode_header, padding
from .entry import described
from .member import CHUNK_BYTES, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...tar import TarLimits

TABLE_NAME: Final = "stargz.index.json"
SIZE_ANNOTATION: Final = "io.containers.estargz.uncompressed-size"
FOOTER_BYTES: Final = 51
_GZIP: Final = 31
_MEMORY_LEVEL: Final = 8
_FOOTER_HEAD: Final = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x1a\0SG\x16\0"
_FOOTER_TAIL: Final = b"\x01\0\0\xff\xff" + bytes(8)


class EstargzWriter:
    """Writes one layer.

    Args:
        level: Of gzip.
        limits: Bounds of the archive's headers.
        where: Which layer it is, for error messages.
        algorithm: What the DiffID is computed with.

    Attributes:
        annotations: What the manifest has to say of the layer; complete at the end.
        diff_id: The digest of what the layer expands to; known at the end.
    """

    def __init__(self, level: int, *, limits: TarLimits, where: str, algorithm: str = "sha256") -> None:
        self.annotations: dict[str, str] = {}
        self.diff_id: Digest | None = None
        self._level = level
        self._limits = limits
        self._where = where
        self._cutter = _Cutter(level, algorithm)

    def written(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what is to be stored of an archive.

        Raises:
            InvalidDocument: It is damaged.
            Unsupported: It has something that a table cannot describe.
        """
        yield from cut(
            pieces, self._cutter, limits=self._limits, where=self._where, leaves_out=frozenset({TABLE_NAME})
        )
        self.annotations = self._cutter.annotations
        self.diff_id = self._cutter.diff_id


class _Cutter:
    def __init__(self, level: int, algorithm: str) -> None:
        self._library = isal_zlib if level in FAST_LEVELS else zlib
        self._level = level
        self._algorithm = algorithm
        self._inside = new_hasher(algorithm)
        self._inside_bytes = 0
        self._offset = 0
        self._waiting = bytearray()
        self._entries: list[dict[str, object]] = []
        self._entry: dict[str, object] = {}
        self._first: dict[str, object] = {}
        self._size = 0
        self._hasher = new_hasher("sha256")
        self._is_own = False
        self.annotations: dict[str, str] = {}
        self.diff_id: Digest | None = None

    def between(self, raw: bytes) -> bytes:
        """Keep it for the next member."""
        self._waiting += raw
        return b""

    def begin(self, header: Header) -> bytes:
        """Begin an entry."""
        self._entry = self._first = described(header, with_nanoseconds=False)
        self._size = header.size if header.kind is Kind.FILE else 0
        self._hasher = new_hasher("sha256")
        self._entries.append(self._first)
        return b""

    def chunk(self, content: bytes, place: int) -> bytes:
        """Write a chunk as a member of its own."""
        stored = self._flushed()
        self._hasher.update(content)
        if place:
            self._entry = {"name": self._first["name"], "type": "chunk"}
            self._entries.append(self._entry)
        self._entry["offset"] = self._offset
        if place:
            self._entry["chunkOffset"] = place
        if self._size > CHUNK_BYTES:
            self._entry["chunkSize"] = len(content)
        self._entry["chunkDigest"] = str(Digest.of(content))
        return stored + self._member(content)

    def end(self) -> bytes:
        """Complete an entry."""
        if self._size:
            self._first["digest"] = f"sha256:{self._hasher.hexdigest()}"
        return b""

    def rest(self, _raw: bytes) -> bytes:
        """Leave out the archive's own end: it comes after the table."""
        return b""

    def close(self) -> bytes:
        """Write the table, the archive's end and the footer."""
        stored = self._flushed()
        table = json.dumps({"version": 1, "entries": self._entries}, ensure_ascii=False).encode(
            "utf-8", "surrogateescape"
        )
        at = self._offset
        header = Header(TABLE_NAME, size=len(table), mode=0o444)
        stored += self._member(encode_header(header) + table + padding(len(table)) + END)
        self.annotations = {
            ESTARGZ_DIGEST: str(Digest.of(table)),
            SIZE_ANNOTATION: str(self._inside_bytes),
        }
        self.diff_id = Digest(self._algorithm, self._inside.hexdigest())
        return stored + footer(at)

    def _flushed(self) -> bytes:
        waiting, self._waiting = bytes(self._waiting), bytearray()
        return self._member(waiting) if waiting else b""

    def _member(self, content: bytes) -> bytes:
        self._inside.update(content)
        self._inside_bytes += len(content)
        deflater = self._library.compressobj(self._level, self._library.DEFLATED, _GZIP, _MEMORY_LEVEL)
        stored: bytes = deflater.compress(content) + deflater.flush()
        self._offset += len(stored)
        return stored


def footer(table_offset: int) -> bytes:
    """Write the end of a layer: an empty gzip member, whose extra field says where the table begins."""
    return _FOOTER_HEAD + b"%016xSTARGZ" % table_offset + _FOOTER_TAIL


def offset_of(raw: bytes) -> int | None:
    """Read where the table begins from the last `FOOTER_BYTES` of a layer; None where they are no footer."""
    head, digits, name = raw[:16], raw[16:32], raw[32:38]
    if len(raw) != FOOTER_BYTES or head[:4] != _FOOTER_HEAD[:4] or head[10:] != _FOOTER_HEAD[10:]:
        return None
    if name != b"STARGZ" or not digits.isalnum():
        return None
    try:
        return int(digits, 16)
    except ValueError:
        return None
