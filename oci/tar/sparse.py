"""Sparse members: which parts of a file an archive holds (GNU tar manual, "Storing Sparse Files").

Four forms: GNU's own type ``S``, with its map in the header block and in blocks after it; and three with pax
records: a pair of records for each part (0.0), one record for all of them (0.1), a list at the beginning of
the body (1.0). A map has to be in order, within the file, and account for every byte that is stored: one that
lies is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ..errors import InvalidDocument, LimitExceeded
from . import field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX: Final = "GNU.sparse."
NAME: Final = "GNU.sparse.name"
MAP: Final = "GNU.sparse.map"
PAIR: Final = ("GNU.sparse.offset", "GNU.sparse.numbytes")
"""The records of form 0.0, in the order in which they repeat."""

_BLOCK: Final = 512
_FIELD: Final = 12
_IN_HEADER: Final = slice(386, 386 + 8 * _FIELD)
_HEADER_GOES_ON: Final = 482
_REAL_SIZE: Final = slice(483, 483 + _FIELD)
_IN_BLOCK: Final = slice(0, 42 * _FIELD)
_BLOCK_GOES_ON: Final = 504


class Part(NamedTuple):
    """A part of a file that an archive holds.

    Args:
        offset: Where in the file it begins.
        size: Its bytes.
    """

    offset: int
    size: int


class SparseMap(NamedTuple):
    """What a sparse file is made of.

    Args:
        size: Bytes of the whole file, holes included.
        parts: What is stored, in order; everything else is zeros.
    """

    size: int
    parts: tuple[Part, ...]


def records_of(name: str, sparse: SparseMap) -> dict[str, str]:
    """Return the pax records that announce a map of form 1.0.

    Args:
        name: The file's name: the member itself has another one, for readers that know nothing of holes.
        sparse: The map.
    """
    return {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.realsize": str(sparse.size),
        NAME: name,
    }


def encode_map(sparse: SparseMap) -> bytes:
    """Write a map of form 1.0, in whole blocks."""
    parts = list(sparse.parts)
    if not parts or parts[-1].offset + parts[-1].size < sparse.size:
        # GNU tar makes the hole at the end when it meets a part of no bytes there.
        parts.append(Part(sparse.size, 0))
    text = b"".join(b"%d\n" % number for number in (len(parts), *(n for part in parts for n in part)))
    return text.ljust(-(-len(text) // _BLOCK) * _BLOCK, b"\0")


class SparseReader:
    """Reads the maps of one stream's sparse members.

    Args:
        read: Reads the next bytes of the stream.
        where: Which archive it is, for error messages.
        limit: Parts that a member may have.
    """

    def __init__(self, read: Callable[[int], bytes], *, where: str, limit: int) -> None:
        self._read = read
        self._where = where
        self._limit = limit

    def of_block(self, block: bytes, stored: int) -> SparseMap:
        """Read a map of GNU's own form; then the stream stands at the body.

        Args:
            block: The header block.
            stored: Bytes of the body.

        Raises:
            InvalidDocument: The map lies, or the stream ends in it.
            LimitExceeded: It has too many parts.
        """
        size = self._number(block[_REAL_SIZE])
        numbers = self._numbers(block[_IN_HEADER])
        goes_on = block[_HEADER_GOES_ON]
        while goes_on:
            self._bound(len(numbers) // 2)
            block = self._block()
            numbers += self._numbers(block[_IN_BLOCK])
            goes_on = block[_BLOCK_GOES_ON]
        return self._checked(size, numbers, stored)

    def of_records(self, records: Mapping[str, str], stored: int) -> tuple[SparseMap, int]:
        """Read a map of pax records; then the stream stands at the parts.

        Args:
            records: The records; the pairs of form 0.0 have been joined to one map.
            stored: Bytes of the body.

        Returns:
            The map, and how many bytes of the body are left.

        Raises:
            InvalidDocument: The map lies, or the stream ends in it, or is of a form that nobody knows.
            LimitExceeded: It has too many parts.
        """
        size = self._decimal(records.get("GNU.sparse.realsize") or records.get("GNU.sparse.size", ""))
        form = records.get("GNU.sparse.major", "0"), records.get("GNU.sparse.minor", "")
        if form == ("1", "0"):
            numbers, left = self._in_body(stored)
        elif form[0] == "0":
            texts = records[MAP].split(",") if records.get(MAP) else []
            self._bound(len(texts) // 2)
            numbers, left = [self._decimal(text) for text in texts], stored
        else:
            raise self._lie()
        return self._checked(size, numbers, left), left

    def _in_body(self, stored: int) -> tuple[list[int], int]:
        """Read lines of decimal numbers, the first of which counts the pairs that follow, in whole blocks."""
        numbers: list[int] = []
        wanted, text = 1, b""
        while len(numbers) < wanted:
            line, feed, rest = text.partition(b"\n")
            if feed:
                text = rest
                numbers.append(self._decimal(line.decode("ascii", "replace")))
                if len(numbers) == 1:
                    self._bound(numbers[0])
                    wanted = 1 + 2 * numbers[0]
            elif len(text) > _BLOCK or stored < _BLOCK:
                raise self._lie()
            else:
                text += self._block()
                stored -= _BLOCK
        return numbers[1:], stored

    def _numbers(self, raw: bytes) -> list[int]:
        numbers: list[int] = []
        for at in range(0, len(raw), 2 * _FIELD):
            offset, size = raw[at : at + _FIELD], raw[at + _FIELD : at + 2 * _FIELD]
            if not size[0]:
                break
            numbers += self._number(offset), self._number(size)
        return numbers

    def _checked(self, size: int, numbers: list[int], stored: int) -> SparseMap:
        if len(numbers) % 2:
            raise self._lie()
        self._bound(len(numbers) // 2)
        parts = tuple(map(Part, numbers[::2], numbers[1::2]))
        end = 0
        for part in parts:
            if part.offset < end:
                raise self._lie()
            end = part.offset + part.size
        if end > size or sum(part.size for part in parts) != stored:
            raise self._lie()
        return SparseMap(size, parts)

    def _bound(self, parts: int) -> None:
        if parts > self._limit:
            raise LimitExceeded(limit="sparse_parts", allowed=self._limit, where=self._where)

    def _block(self) -> bytes:
        block = self._read(_BLOCK)
        if len(block) < _BLOCK:
            raise InvalidDocument(f"{self._where}: the archive ends in the middle of a sparse file's map")
        return block

    def _number(self, raw: bytes) -> int:
        return field.number(raw, what="sparse map", where=self._where)

    def _decimal(self, digits: str) -> int:
        return field.decimal(digits, what="sparse map", where=self._where)

    def _lie(self) -> InvalidDocument:
        return InvalidDocument(f"{self._where}: a sparse file's map does not fit what is stored")
