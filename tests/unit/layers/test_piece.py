"""The cursor over pieces."""

from __future__ import annotations

import pytest

from oci.layers.piece import PieceCursor


def cursor(*pieces: bytes) -> PieceCursor:
    return PieceCursor(iter(pieces))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_reads_of_any_size_give_the_same_bytes(size: int) -> None:
    found = cursor(b"abc", b"d", b"efghij")
    assert b"".join(iter(lambda: found.read(size), b"")) == b"abcdefghij"


def test_views_come_as_the_pieces_did() -> None:
    found = cursor(b"abc", b"def", b"ghi")
    assert found.read(1) == b"a"
    assert [bytes(view) for view in found.views(6)] == [b"bc", b"def", b"g"]


def test_skipping_tells_how_much_there_was() -> None:
    found = cursor(b"abc", b"def")
    assert (found.skip(4), found.read(1), found.skip(4)) == (4, b"e", 1)


def test_an_empty_piece_is_the_end_and_the_rest_is_for_the_next_cursor() -> None:
    pieces = iter([b"abc", b"", b"def", b""])
    first, second = PieceCursor(pieces), PieceCursor(pieces)
    first.drain()
    first.drain()
    assert first.read(1) == b""
    assert second.read(9) == b"def"
