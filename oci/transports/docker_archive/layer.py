"""A layer as a file of an archive, known by its DiffID: read as it lies, or expanded on the way.

How large an expanded layer is has to be found out by expanding it. That is done once, and on the way it is
compared with its DiffID: then nothing that follows is worked on for nothing.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ...compression import DETECTION_BYTES, Compression, detect, expanded
from ...errors import DigestMismatch, LimitExceeded, Unsupported
from ..layout.blob_stream import StretchStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...content import ByteStream
    from ...spec import Digest
    from ..layout.blob_stream import PositionalFile
    from ..oci_archive.member import Member

MAX_LAYER_BYTES: Final = 64 * 1024**3
"""Bytes that a compressed layer may expand to."""


class Layer:
    """One layer.

    Args:
        file: The archive.
        member: Where the layer lies in it.
        diff_id: What its expanded bytes must be.
        where: What it is, for error messages.
        checkpoint: Called for every piece that is expanded; raise from it to stop.
        max_bytes: The most that it may expand to.
    """

    def __init__(
        self,
        file: PositionalFile,
        member: Member,
        diff_id: Digest,
        *,
        where: str,
        checkpoint: Callable[[], None],
        max_bytes: int = MAX_LAYER_BYTES,
    ) -> None:
        self.member = member
        self.diff_id = diff_id
        self._file = file
        self._where = where
        self._checkpoint = checkpoint
        self._max_bytes = max_bytes
        self._compression = detect(file.read_at(member.offset, min(DETECTION_BYTES, member.size)))
        self._turn = threading.Lock()
        self._size = member.size if self._compression is Compression.NONE else None

    @property
    def size(self) -> int:
        """Bytes of the layer, expanded.

        Raises:
            DigestMismatch: It was expanded to find out, and is not what its DiffID says.
            InvalidDocument: Its compressed data is damaged.
            LimitExceeded: It expands to more than is allowed.
        """
        with self._turn:
            if self._size is None:
                self._size = self._measured()
            return self._size

    def stream(self, offset: int, length: int | None) -> ByteStream:
        """Open its expanded bytes.

        Raises:
            Unsupported: A part of a compressed layer was asked for.
        """
        if self._compression is Compression.NONE:
            rest = max(self.member.size - offset, 0)
            end = rest if length is None else min(length, rest)
            return StretchStream(self._file, self.member.offset + offset, end)
        if offset or length is not None:
            raise Unsupported(f"{self._where} is compressed: it can be read from its beginning only")
        return _PieceStream(self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        stretch = StretchStream(self._file, self.member.offset, self.member.size)

        def read(size: int) -> bytes:
            buffer = bytearray(size)
            with memoryview(buffer) as view:
                count = stretch.readinto(view)
            return bytes(buffer[:count])

        return expanded(read, self._compression, where=self._where)

    def _measured(self) -> int:
        hasher, size = self.diff_id.hasher(), 0
        for piece in self._pieces():
            self._checkpoint()
            size += len(piece)
            if size > self._max_bytes:
                raise LimitExceeded(limit="layer_bytes", allowed=self._max_bytes, where=self._where)
            hasher.update(piece)
        if not self.diff_id.matches(hasher):
            actual = f"{self.diff_id.algorithm}:{hasher.hexdigest()}"
            raise DigestMismatch(expected=str(self.diff_id), actual=actual, where=self._where)
        return size


class _PieceStream:
    """A stream over pieces as they come."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill part of the buffer; 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """Deliver nothing more."""
        self._pieces, self._rest = iter(()), memoryview(b"")
