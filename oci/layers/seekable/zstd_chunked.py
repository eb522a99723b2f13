"""Writing zstd:chunked: zstd frames, one for each chunk, and a table in frames that decoders skip.

There is no specification but the code that other tools share (containers/storage, pkg/chunked); what is
written here is what that code reads. The layer expands to the archive as it was, so that the DiffID stays. A
record of the archive's own headers (tar-split) is optional there, and is not written.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Final

from ...compression.seekable import CHUNKED_DIGEST
from ...spec import Digest
from ...spec.digest import new_hasher
from ...tar import Header, Kind
from .entry import described
from .member import CHUNK_BYTES, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...tar import TarLimits

POSITION_ANNOTATION: Final = "io.github.containers.zstd-chunked.manifest-position"
TABLE_TYPE: Final = 1
_SKIPPED: Final = struct.Struct("<II")
_SKIPPED_MAGIC: Final = 0x184D2A50
_FOOTER: Final = struct.Struct("<7Q8s")
_FOOTER_MAGIC: Final = b"GNUlInUx"


class ChunkedWriter:
    """Writes one layer.

    Args:
        level: Of zstd.
        limits: Bounds of the archive's headers.
        where: Which layer it is, for error messages.

    Attributes:
        annotations: What the manifest has to say of the layer; complete at the end.
        diff_id: None: the layer expands to what it was.
    """

    diff_id: Digest | None = None

    def __init__(self, level: int, *, limits: TarLimits, where: str) -> None:
        self.annotations: dict[str, str] = {}
        self._limits = limits
        self._where = where
        self._cutter = _Cutter(level)

    def written(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what is to be stored of an archive.

        Raises:
            InvalidDocument: It is damaged.
            Unsupported: It has something that a table cannot describe.
        """
        yield from cut(pieces, self._cutter, limits=self._limits, where=self._where)
        self.annotations = self._cutter.annotations


class _Cutter:
    def __init__(self, level: int) -> None:
        import zstandard

        self._compressor = zstandard.ZstdCompressor(level=level, write_checksum=True)
        self._offset = 0
        self._waiting = bytearray()
        self._entries: list[dict[str, object]] = []
        self._entry: dict[str, object] = {}
        self._first: dict[str, object] = {}
        self._size = 0
        self._hasher = new_hasher("sha256")
        self.annotations: dict[str, str] = {}

    def between(self, raw: bytes) -> bytes:
        """Keep it for the next frame."""
        self._waiting += raw
        return b""

    def begin(self, header: Header) -> bytes:
        """Begin an entry."""
        self._entry = self._first = described(header, with_nanoseconds=True)
        self._entries.append(self._first)
        self._size = header.size if header.kind is Kind.FILE else 0
        self._hasher = new_hasher("sha256")
        return b""

    def chunk(self, content: bytes, place: int) -> bytes:
        """Write a chunk as a frame of its own."""
        stored = self._flushed()
        self._hasher.update(content)
        if place:
            self._entry = {"type": "chunk", "name": self._first["name"], "chunkOffset": place}
            self._entries.append(self._entry)
        if self._size > CHUNK_BYTES:
            self._entry["chunkSize"] = len(content)
            self._entry["chunkDigest"] = str(Digest.of(content))
        self._entry["offset"] = self._offset
        stored += self._frame(content)
        self._entry["endOffset"] = self._offset
        return stored

    def end(self) -> bytes:
        """Complete an entry."""
        if self._size:
            self._first["digest"] = f"sha256:{self._hasher.hexdigest()}"
        return b""

    def rest(self, raw: bytes) -> bytes:
        """Write what ends the archive."""
        self._waiting += raw
        return self._flushed()

    def close(self) -> bytes:
        """Write the table and the footer."""
        stored = self._flushed()
        table = json.dumps({"version": 1, "entries": self._entries}, ensure_ascii=False).encode(
            "utf-8", "surrogateescape"
        )
        compressed = self._compressor.compress(table)
        at = self._offset + _SKIPPED.size
        self.annotations = {
            CHUNKED_DIGEST: str(Digest.of(compressed)),
            POSITION_ANNOTATION: f"{at}:{len(compressed)}:{len(table)}:{TABLE_TYPE}",
        }
        footer = _FOOTER.pack(at, len(compressed), len(table), TABLE_TYPE, 0, 0, 0, _FOOTER_MAGIC)
        return stored + _skipped(compressed) + _skipped(footer)

    def _flushed(self) -> bytes:
        waiting, self._waiting = bytes(self._waiting), bytearray()
        return self._frame(waiting) if waiting else b""

    def _frame(self, content: bytes) -> bytes:
        stored = self._compressor.compress(content)
        self._offset += len(stored)
        return stored


def _skipped(content: bytes) -> bytes:
    """Return a frame that decoders skip (RFC 8878, 3.1.2)."""
    return _SKIPPED.pack(_SKIPPED_MAGIC, len(content)) + content
