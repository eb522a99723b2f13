"""An archive taken apart for a writer of seekable layers: what files hold, in chunks, and everything else.

The bytes of headers are kept as they came: what is written expands to the very archive that was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from ...errors import InvalidDocument, Unsupported
from ...tar import Header, Kind, TarReader
from ..piece import PieceCursor
from .entry import is_describable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...tar import TarLimits

CHUNK_BYTES: Final = 4 * 1024 * 1024
"""Content of one chunk, as in the formats' own writers."""

_BLOCK: Final = 512


class Cutter(Protocol):
    """Writes what an archive is made of; each method returns what is ready to be stored."""

    def between(self, raw: bytes) -> bytes:
        """Take bytes that are no file's content: headers, and what fills up blocks."""

    def begin(self, header: Header) -> bytes:
        """Begin an entry, whose header `between` has been given."""

    def chunk(self, content: bytes, place: int) -> bytes:
        """Take a chunk of the entry's content, which begins at a place in the file."""

    def end(self) -> bytes:
        """End the entry."""

    def rest(self, raw: bytes) -> bytes:
        """Take bytes that come after the last entry."""

    def close(self) -> bytes:
        """End the archive."""


class _Recorder:
    """Remembers what a reader of headers has read."""

    def __init__(self, cursor: PieceCursor) -> None:
        self._cursor = cursor
        self._read: list[bytes] = []

    def read(self, size: int) -> bytes:
        content = self._cursor.read(size)
        self._read.append(content)
        return content

    def taken(self) -> bytes:
        content = b"".join(self._read)
        self._read.clear()
        return content


def cut(
    pieces: Iterator[bytes],
    cutter: Cutter,
    *,
    limits: TarLimits,
    where: str,
    leaves_out: frozenset[str] = frozenset(),
) -> Iterator[bytes]:
    """Take an archive apart.

    Args:
        pieces: It.
        cutter: Is given what it is made of.
        leaves_out: Names of entries that are passed over.
        limits: Bounds of its headers.
        where: Which layer it is, for error messages.

    Yields:
        What the cutter returns.

    Raises:
        InvalidDocument: It is damaged.
        Unsupported: It has something that these formats cannot describe.
    """
    cursor = PieceCursor(pieces)
    recorder = _Recorder(cursor)
    reader = TarReader(recorder.read, where=where, limits=limits)
    while (header := reader.next()) is not None:
        if header.name in leaves_out:
            recorder.taken()
            _exactly(cursor, header.padded_size, where)
            continue
        if not is_describable(header):
            raise Unsupported(
                f"{where}: {header.name}: a table cannot describe it (holes, or a name that is no text)",
                hint="compress it with gzip or zstd",
            )
        yield cutter.between(recorder.taken())
        yield cutter.begin(header)
        if header.kind is Kind.FILE:
            yield from _content(cursor, cutter, header, where)
            yield cutter.end()
            yield cutter.between(_exactly(cursor, -header.size % _BLOCK, where))
        else:
            yield cutter.end()
    rest = recorder.taken()
    while rest:
        yield cutter.rest(rest)
        rest = cursor.read(CHUNK_BYTES)
    yield cutter.close()


def _content(cursor: PieceCursor, cutter: Cutter, header: Header, where: str) -> Iterator[bytes]:
    place = 0
    while place < header.size:
        content = _exactly(cursor, min(CHUNK_BYTES, header.size - place), where)
        yield cutter.chunk(content, place)
        place += len(content)


def _exactly(cursor: PieceCursor, size: int, where: str) -> bytes:
    content = cursor.read(size)
    if len(content) < size:
        raise InvalidDocument(f"{where}: the archive ends in the middle of a file")
    return content
