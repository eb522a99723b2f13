"""A cursor over a stream in pieces: small reads for headers, large ones without a copy for bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class PieceCursor:
    """Reads a stream of pieces.

    Args:
        pieces: The stream; an empty piece ends it, and what follows is left to the next cursor.
    """

    __slots__ = ("_at", "_end", "_is_over", "_piece", "_pieces", "_view")

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = b""
        self._view = memoryview(b"")
        self._at = 0
        self._end = 0
        self._is_over = False

    def read(self, size: int) -> bytes:
        """Read as many bytes, fewer only at the end of the stream."""
        start = self._at
        end = start + size
        if end <= self._end:
            self._at = end
            return self._piece[start:end]
        return b"".join(bytes(view) for view in self.views(size))

    def at_hand(self, size: int) -> memoryview | None:
        """Read as many bytes without a copy, if they lie in the piece at hand; otherwise nothing is read."""
        start = self._at
        end = start + size
        if end > self._end:
            return None
        self._at = end
        return self._view[start:end]

    def views(self, size: int) -> Iterator[memoryview]:
        """Yield as many bytes in the pieces they came in, fewer only at the end."""
        while size:
            if self._at == self._end and not self._advance():
                return
            count = min(size, self._end - self._at)
            self._at += count
            size -= count
            yield self._view[self._at - count : self._at]

    def skip(self, size: int) -> int:
        """Pass over as many bytes, fewer only at the end.

        Returns:
            How many there were.
        """
        if self._at + size <= self._end:
            self._at += size
            return size
        return sum(len(view) for view in self.views(size))

    def drain(self) -> None:
        """Read to the end of the stream."""
        self._at = self._end
        while self._advance():
            self._at = self._end

    def _advance(self) -> bool:
        piece = b"" if self._is_over else next(self._pieces, b"")
        self._is_over = not piece
        self._piece, self._view, self._at, self._end = piece, memoryview(piece), 0, len(piece)
        return bool(piece)
