"""A file's content by its chunks: each fetched by itself, expanded, and checked by the table's digest."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ...compression import expanded
from ...errors import DigestMismatch, InvalidDocument
from ...spec.digest import new_hasher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .entry import TableChunk, TableEntry
    from .table import Reach, Table


def content_of(table: Table, entry: TableEntry, reach: Reach, *, where: str) -> Iterator[bytes]:
    """Yield a file's content, each piece of it verified.

    Args:
        table: The layer's table, which was checked.
        entry: The file.
        reach: Reads parts of the layer.
        where: Which layer it is, for error messages.

    Raises:
        DigestMismatch: The layer holds something else than the table says.
        InvalidDocument: A chunk is damaged, or the table has no digest for it.
    """
    shown = f"{where}: {entry.header.name}"
    whole = new_hasher(entry.digest.algorithm) if entry.digest is not None else None
    for chunk in entry.chunks:
        content = _zeros(chunk) if chunk.is_hole else _chunk(table, chunk, reach, shown)
        if whole is not None:
            whole.update(content)
        yield content
    if whole is not None and entry.digest is not None and not entry.digest.matches(whole):
        actual = f"{entry.digest.algorithm}:{whole.hexdigest()}"
        raise DigestMismatch(expected=str(entry.digest), actual=actual, where=shown)


def _zeros(chunk: TableChunk) -> bytes:
    return bytes(chunk.size)


def _chunk(table: Table, chunk: TableChunk, reach: Reach, where: str) -> bytes:
    if chunk.digest is None:
        raise InvalidDocument(f"{where}: the table of contents has no digest for it")
    stored = reach(chunk.offset, chunk.end - chunk.offset)
    content = bytearray()
    # What follows the chunk, up to the next one, belongs to headers: it is not looked at.
    for piece in expanded(io.BytesIO(stored).read, table.form.compression, where=where):
        content += piece
        if len(content) >= chunk.size:
            break
    found = bytes(content[: chunk.size])
    hasher = new_hasher(chunk.digest.algorithm)
    hasher.update(found)
    if not chunk.digest.matches(hasher):
        actual = f"{chunk.digest.algorithm}:{hasher.hexdigest()}"
        raise DigestMismatch(expected=str(chunk.digest), actual=actual, where=where)
    return found
