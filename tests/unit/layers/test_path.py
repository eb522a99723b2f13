"""What an entry's name means."""

from __future__ import annotations

import pytest

from oci.errors import InvalidDocument, LimitExceeded
from oci.layers import LayerPath


def parse(text: str) -> LayerPath:
    return LayerPath.parse(text, depth=4, where="here")


@pytest.mark.parametrize(
    ("text", "directory", "name"),
    [
        ("a", "", "a"),
        ("a/b/c", "a/b", "c"),
        ("/a/b/", "a/b"[:1], "b"),
        ("./a//b/./c", "a/b", "c"),
        (".", "", ""),
        ("/", "", ""),
        ("", "", ""),
        ("./", "", ""),
        ("//./", "", ""),
        ("..a/b..", "..a", "b.."),
        (".../x", "...", "x"),
    ],
)
def test_names_are_taken_apart(text: str, directory: str, name: str) -> None:
    assert parse(text) == LayerPath(directory, name)


@pytest.mark.parametrize("text", ["..", "../a", "a/..", "a/../b", "/..", "./../x"])
def test_dot_dot_is_refused(text: str) -> None:
    with pytest.raises(InvalidDocument, match=r"a path with '\.\.'"):
        parse(text)


def test_depth_is_bounded() -> None:
    assert parse("a/b/c/d").name == "d"
    with pytest.raises(LimitExceeded, match="here: a/b/c/d/e"):
        parse("a/b/c/d/e")


@pytest.mark.parametrize(
    ("text", "is_whiteout", "is_opaque", "is_bookkeeping"),
    [
        ("d/.wh.a", True, False, False),
        ("d/.wh..wh..opq", True, True, False),
        (".wh..wh.plnk", True, False, True),
        ("d/a.wh.", False, False, False),
        (".wh.d/a", False, False, False),
    ],
)
def test_whiteouts(text: str, is_whiteout: bool, is_opaque: bool, is_bookkeeping: bool) -> None:
    path = parse(text)
    assert (path.is_whiteout, path.is_opaque, path.is_bookkeeping) == (is_whiteout, is_opaque, is_bookkeeping)


def test_a_whiteout_names_what_it_hides() -> None:
    assert parse("d/.wh..hidden").hidden("here") == ".hidden"


def test_a_path_is_shown_whole() -> None:
    assert [str(parse(text)) for text in ("./a/b", "a")] == ["a/b", "a"]
