"""What is in one layer, by path: told by its table of contents, or found by reading it.

Paths are components with slashes between them; the root is an empty text. An entry of a path that comes
twice counts as it came last.
"""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING, Final, Protocol

from ..errors import InvalidDocument, LimitExceeded
from ..tar import Kind, TarReader
from .path import LayerPath
from .piece import PieceCursor
from .seekable.content import content_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..tar import Header
    from .limit import LayerLimits
    from .seekable import Reach, Table, TableEntry
    from .stream import LayerStream

_READ_BYTES: Final = 1024 * 1024


class LayerIndex(Protocol):
    """One layer, by path."""

    @property
    def is_verified(self) -> bool:
        """Whether everything that was told of it so far was checked against the manifest."""

    def seek(self, path: str) -> None:
        """Find out about a path, if that is not known; an empty one stands for all of them."""

    def header(self, path: str) -> Header | None:
        """Return what the layer says of a path, or None."""

    def implies(self, path: str) -> bool:
        """Tell whether the layer has something beneath a path, so that it is a directory."""

    def names(self, directory: str) -> set[str]:
        """Return what the layer has in a directory."""

    def hides(self, path: str) -> bool:
        """Tell whether the layer hides what lies below under a path."""

    def hidden_names(self, directory: str) -> set[str]:
        """Return the names in a directory under which the layer hides what lies below."""

    def is_opaque(self, directory: str) -> bool:
        """Tell whether the layer hides all that lies below in a directory."""

    def content(self, path: str) -> Iterator[bytes]:
        """Yield the content of a file that the layer has."""


class _Paths:
    """What is known of paths so far."""

    def __init__(self, limits: LayerLimits, where: str) -> None:
        self._limits = limits
        self._where = where
        self._headers: dict[str, Header] = {}
        self._names: dict[str, set[str]] = {}
        self._hidden: dict[str, set[str]] = {}
        self._opaque: set[str] = set()

    def add(self, header: Header) -> str:
        """Take an entry in; return its path."""
        path = LayerPath.parse(header.name, depth=self._limits.depth, where=self._where)
        if path.is_opaque:
            self._opaque.add(path.directory)
        elif path.is_whiteout and not path.is_bookkeeping:
            self._hidden.setdefault(path.directory, set()).add(path.hidden(self._where))
        elif not path.is_whiteout and path.name:
            self._headers[str(path)] = header
            self._link(path.directory, path.name)
        return str(path)

    def _link(self, directory: str, name: str) -> None:
        while True:
            known = self._names.setdefault(directory, set())
            if name in known:
                return
            known.add(name)
            if not directory:
                return
            directory, _, name = directory.rpartition("/")

    def header(self, path: str) -> Header | None:
        """Return what is known of a path."""
        return self._headers.get(path)

    def implies(self, path: str) -> bool:
        """Tell whether something lies beneath a path."""
        return path in self._names

    def names(self, directory: str) -> set[str]:
        """Return the names in a directory."""
        return self._names.get(directory, set())

    def hides(self, path: str) -> bool:
        """Tell whether a path is hidden."""
        directory, _, name = path.rpartition("/")
        return name in self._hidden.get(directory, ())

    def hidden_names(self, directory: str) -> set[str]:
        """Return the names that are hidden in a directory."""
        return self._hidden.get(directory, set())

    def is_opaque(self, directory: str) -> bool:
        """Tell whether a directory is opaque."""
        return directory in self._opaque


class TableIndex(_Paths):
    """A layer with a table of contents.

    Args:
        table: The table, checked.
        reach: Reads parts of the layer.
        limits: Bounds.
        where: Which layer it is, for error messages.
    """

    is_verified = True

    def __init__(self, table: Table, reach: Reach, *, limits: LayerLimits, where: str) -> None:
        super().__init__(limits, where)
        self._table = table
        self._reach = reach
        self._entries: dict[str, TableEntry] = {}
        for entry in table.entries:
            self._entries[self.add(entry.header)] = entry

    def seek(self, path: str) -> None:
        """Everything is known."""

    def content(self, path: str) -> Iterator[bytes]:
        """Yield a file's content."""
        return content_of(self._table, self._entries[path], self._reach, where=self._where)


class StreamIndex(_Paths):
    """A layer that is read from its beginning; what is in it is kept in a temporary file.

    Args:
        layer: Its expanded bytes, verified at their end.
        limits: Bounds.
        stops_early: Whether to stop at what was looked for, before anything of it was verified.
        scratch: The directory for the file; None for the system's usual place.
    """

    def __init__(
        self, layer: LayerStream, *, limits: LayerLimits, stops_early: bool, scratch: Path | None
    ) -> None:
        super().__init__(limits, layer.where)
        self._stops_early = stops_early
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - closed by close()
        self._pieces = iter(layer)
        self._cursor = PieceCursor(self._pieces)
        self._places: dict[str, int] = {}
        self._walk = self._read()
        self._is_at_end = False

    @property
    def is_verified(self) -> bool:
        """Whether the layer was read to its end."""
        return self._is_at_end

    def close(self) -> None:
        """Remove the file, and let go of the layer."""
        self._pieces.close()
        self._file.close()

    def seek(self, path: str) -> None:
        """Read on until a path is found, or to the end."""
        while not self._is_at_end:
            if self._stops_early and path and path in self._headers:
                return
            if next(self._walk, None) is None:
                self._is_at_end = True

    def content(self, path: str) -> Iterator[bytes]:
        """Yield a file's content."""
        header = self._headers[path]
        if header.sparse is None:
            yield from self._part(self._places[path], header.size)
            return
        at, place = 0, self._places[path]
        for part in header.sparse.parts:
            yield from _zeros(part.offset - at)
            yield from self._part(place, part.size)
            at, place = part.offset + part.size, place + part.size
        yield from _zeros(header.sparse.size - at)

    def _part(self, place: int, size: int) -> Iterator[bytes]:
        self._file.seek(place)
        while size:
            piece = self._file.read(min(size, _READ_BYTES))
            size -= len(piece)
            yield piece

    def _read(self) -> Iterator[str]:
        """Take in the entries, one by one."""
        reader = TarReader(self._cursor.read, where=self._where, limits=self._limits.tar)
        while (header := reader.next()) is not None:
            place = self._file.seek(0, 2)
            left = header.padded_size
            for view in self._cursor.views(left):
                left -= len(view)
                if header.kind in {Kind.FILE, Kind.SPARSE}:
                    self._file.write(view)
            if left:
                raise InvalidDocument(f"{self._where}: the archive ends in the middle of a file")
            size = header.size if header.sparse is None else header.sparse.size
            if size > self._limits.file_bytes:
                raise LimitExceeded(limit="file_bytes", allowed=self._limits.file_bytes, where=self._where)
            path = self.add(header)
            self._places[path] = place
            yield path
        self._cursor.drain()


def _zeros(size: int) -> Iterator[bytes]:
    while size > 0:
        piece = bytes(min(size, _READ_BYTES))
        size -= len(piece)
        yield piece
