"""Reading a table of contents by parts of a layer, checked by the digest that the manifest has for it.

Nothing that the table says is believed before that digest was right; and what it says of places and sizes is
bounded by the layer's own size all the same.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, Protocol

from ...compression import Compression, SeekableForm, expanded
from ...compression.seekable import CHUNKED_DIGEST, ESTARGZ_DIGEST
from ...errors import DigestMismatch, InvalidDocument, LimitExceeded
from ...frozen import frozen, replace
from ...spec import Digest, field, strict_json
from ...tar import Kind, TarReader
from . import estargz, zstd_chunked
from .entry import TableChunk, TableEntry, TableLimits, digest_of, number, parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec import Descriptor

_VERSION: Final = 1


class Reach(Protocol):
    """Reads a part of a layer as it is stored, unverified."""

    def __call__(self, offset: int, size: int, /) -> bytes:
        """Return as many bytes from an offset on, fewer only at the layer's end."""


@frozen
class Table:
    """A table of contents.

    Args:
        form: The layer's form.
        entries: What is in the layer, in its order; a name may come twice, and the last one counts.
    """

    form: SeekableForm
    entries: tuple[TableEntry, ...]


def read_table(
    layer: Descriptor, reach: Reach, *, limits: TableLimits | None = None, where: str
) -> Table | None:
    """Read a layer's table.

    Args:
        layer: The layer, with what the manifest says of it.
        reach: Reads parts of it.
        limits: Bounds.
        where: Which layer it is, for error messages.

    Returns:
        The table, or None for a layer of which the manifest knows none.

    Raises:
        DigestMismatch: The table is something else than the manifest says.
        InvalidDocument: It is malformed.
        LimitExceeded: It is larger than the limits allow.
    """
    limits = limits or TableLimits()
    form = SeekableForm.of(layer.annotations)
    if form is None:
        return None
    if form is SeekableForm.ESTARGZ:
        raw, end = _of_estargz(layer, reach, limits, where)
    else:
        raw, end = _of_zstd_chunked(layer, reach, limits, where)
    members = strict_json.load_object(raw, where=where)
    if members.get("version") != _VERSION:
        raise InvalidDocument(f"{where}: a table of contents of a version that is not known here")
    found = field.mappings(members, "entries", where=where)
    if len(found) > limits.entries:
        raise LimitExceeded(limit="entries", allowed=limits.entries, where=where)
    return Table(form, _entries(found, end, limits, where))


def _of_estargz(layer: Descriptor, reach: Reach, limits: TableLimits, where: str) -> tuple[bytes, int]:
    footer = reach(max(layer.size - estargz.FOOTER_BYTES, 0), estargz.FOOTER_BYTES)
    at = estargz.offset_of(footer)
    if at is None or not 0 <= at < layer.size:
        raise InvalidDocument(f"{where}: its end does not say where the table of contents is")
    stored = _bounded(reach, at, layer.size - estargz.FOOTER_BYTES - at, limits, where)
    archive = io.BytesIO(_expanded(stored, Compression.GZIP, limits, where))
    header = TarReader(archive.read, where=where).next()
    if header is None or header.name != estargz.TABLE_NAME or header.kind is not Kind.FILE:
        raise InvalidDocument(f"{where}: there is no table of contents where its end says")
    raw = archive.read(header.size)
    _check(raw, layer.annotations[ESTARGZ_DIGEST], where)
    return raw, at


def _of_zstd_chunked(layer: Descriptor, reach: Reach, limits: TableLimits, where: str) -> tuple[bytes, int]:
    position = layer.annotations.get(zstd_chunked.POSITION_ANNOTATION, "").split(":")
    if len(position) != 4 or not all(
        part.isascii() and part.isdigit() and len(part) < 16 for part in position
    ):
        raise InvalidDocument(f"{where}: the manifest does not say where the table of contents is")
    at, size, expanded_size, kind = map(int, position)
    if kind != zstd_chunked.TABLE_TYPE or at + size > layer.size:
        raise InvalidDocument(f"{where}: the manifest says of the table of contents what cannot be")
    if expanded_size > limits.expanded_bytes:
        raise LimitExceeded(limit="expanded_bytes", allowed=limits.expanded_bytes, where=where)
    stored = _bounded(reach, at, size, limits, where)
    _check(stored, layer.annotations[CHUNKED_DIGEST], where)
    return _expanded(stored, Compression.ZSTD, limits, where), at


def _bounded(reach: Reach, at: int, size: int, limits: TableLimits, where: str) -> bytes:
    if size > limits.stored_bytes:
        raise LimitExceeded(limit="stored_bytes", allowed=limits.stored_bytes, where=where)
    stored = reach(at, size)
    if len(stored) != size:
        raise InvalidDocument(f"{where}: it ends before its table of contents does")
    return stored


def _expanded(stored: bytes, compression: Compression, limits: TableLimits, where: str) -> bytes:
    found = bytearray()
    for piece in expanded(io.BytesIO(stored).read, compression, where=where):
        found += piece
        if len(found) > limits.expanded_bytes:
            raise LimitExceeded(limit="expanded_bytes", allowed=limits.expanded_bytes, where=where)
    return bytes(found)


def _check(content: bytes, stated: str, where: str) -> None:
    digest = Digest.parse(stated)
    actual = Digest.of(content, digest.algorithm)
    if actual != digest:
        raise DigestMismatch(expected=stated, actual=str(actual), where=f"{where}, its table of contents")


def _entries(
    found: list[dict[str, object]], end: int, limits: TableLimits, where: str
) -> tuple[TableEntry, ...]:
    entries: list[TableEntry] = []
    chunks: list[list[TableChunk]] = []
    # eStargz does not say where a chunk ends: at the latest, where the next one begins.
    offsets = [number(members, "offset", where) for members in found]
    offsets = sorted({end, *(offset for offset in offsets if offset < end)})
    for members in found:
        entry = parsed(members, where=where)
        if entry is not None:
            entries.append(entry)
            chunks.append([])
        elif not entries or field.text(members, "name", where=where) != entries[-1].header.name:
            raise InvalidDocument(f"{where}: a chunk that belongs to no file")
        header = entries[-1].header
        if header.kind is Kind.FILE and header.size:
            chunks[-1].append(_chunk(members, entries[-1], offsets, where))
    for known in chunks:
        _check_order(known, where)
    return tuple(
        replace(entry, chunks=_sized(entry, tuple(known), limits, where)) if known else entry
        for entry, known in zip(entries, chunks, strict=True)
    )


def _chunk(members: Mapping[str, object], entry: TableEntry, offsets: list[int], where: str) -> TableChunk:
    offset, place = number(members, "offset", where), number(members, "chunkOffset", where)
    following = min(bisect_right(offsets, offset), len(offsets) - 1)
    stop = number(members, "endOffset", where) or offsets[following]
    if not offset <= stop <= offsets[-1] or place > entry.header.size:
        raise InvalidDocument(f"{where}: {entry.header.name}: a chunk that lies outside of the layer")
    size = number(members, "chunkSize", where) or entry.header.size - place
    return TableChunk(
        offset=offset,
        end=stop,
        place=place,
        size=size,
        digest=digest_of(members, "chunkDigest", where),
        is_hole=members.get("chunkType") == "zeros",
    )


def _check_order(chunks: list[TableChunk], where: str) -> None:
    at = 0
    for chunk in chunks:
        if chunk.place != at:
            raise InvalidDocument(f"{where}: chunks that do not follow each other")
        at += chunk.size


def _sized(
    entry: TableEntry, chunks: tuple[TableChunk, ...], limits: TableLimits, where: str
) -> tuple[TableChunk, ...]:
    if sum(chunk.size for chunk in chunks) != entry.header.size:
        raise InvalidDocument(f"{where}: {entry.header.name}: chunks that are not the whole file")
    for chunk in chunks:
        if chunk.size > limits.chunk_bytes and not chunk.is_hole:
            raise LimitExceeded(limit="chunk_bytes", allowed=limits.chunk_bytes, where=where)
    # The only chunk of a file has the file's own digest, where it has none.
    if len(chunks) == 1 and chunks[0].digest is None:
        return (replace(chunks[0], digest=entry.digest),)
    return chunks
