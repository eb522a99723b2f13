"""Where zstd frames end, followed beside the decoder: it does not tell when its input ends too early.

Only the lengths in the headers of frames and blocks are read (RFC 8878, 3.1); content is passed over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Generator

_MAGIC_BYTES: Final = 4
_SKIPPABLE: Final = 0x184D2A50
_DICTIONARY_BYTES: Final = (0, 1, 2, 4)
_CONTENT_SIZE_BYTES: Final = (0, 2, 4, 8)
_RLE: Final = 1


class FrameTracker:
    """Follows a zstd stream and says whether it might end here."""

    def __init__(self) -> None:
        self._walk = _frames()
        self._wanted, self._keep = next(self._walk)
        self._kept = bytearray()
        self._is_between = True

    @property
    def at_boundary(self) -> bool:
        """Whether everything so far was whole frames."""
        return self._is_between and not self._kept

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream, which the decoder checks."""
        at = 0
        while at < len(data):
            count = min(self._wanted, len(data) - at)
            if self._keep:
                self._kept += data[at : at + count]
            at += count
            self._wanted -= count
            while not self._wanted:
                self._advance()

    def _advance(self) -> None:
        kept, self._kept = bytes(self._kept), bytearray()
        self._wanted, self._keep = self._walk.send(kept)
        self._is_between = self._keep and self._wanted == _MAGIC_BYTES


def _frames() -> Generator[tuple[int, bool], bytes]:
    """Yield how many bytes come next and whether to keep them; receive the kept ones."""
    while True:
        magic = int.from_bytes((yield _MAGIC_BYTES, True), "little")
        if magic & ~0xF == _SKIPPABLE:
            # Fetched as 3 + 1 bytes: 4 bytes are asked for between frames only.
            low = yield 3, True
            high = yield 1, True
            yield int.from_bytes(low + high, "little"), False
        else:
            yield from _frame()


def _frame() -> Generator[tuple[int, bool], bytes]:
    descriptor = (yield 1, True)[0]
    is_single_segment = bool(descriptor & 0x20)
    size_bytes = _CONTENT_SIZE_BYTES[descriptor >> 6] or int(is_single_segment)
    yield (not is_single_segment) + _DICTIONARY_BYTES[descriptor & 3] + size_bytes, False
    is_last = False
    while not is_last:
        block = int.from_bytes((yield 3, True), "little")
        is_last = bool(block & 1)
        yield (1 if block >> 1 & 3 == _RLE else block >> 3), False
    yield (4 if descriptor & 4 else 0), False
