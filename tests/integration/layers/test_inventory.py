"""What changed since a tree was written down is found without reading a file."""

from __future__ import annotations

import io
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidDocument
from oci.layers import differences
from oci.layers.inventory import Inventory, write_inventory
from tests.integration.layers.difference import opened
from tests.integration.layers.test_difference import tree

if TYPE_CHECKING:
    from collections.abc import Callable


def written_down(folder: Path) -> str:
    with ExitStack() as stack:
        file = io.StringIO()
        write_inventory(opened(stack, folder), file)
        return file.getvalue()


def changed(folder: Path, text: str) -> list[str]:
    with ExitStack() as stack:
        inventory = Inventory(io.StringIO(text), where="tree")
        return [
            f"{change.mark.value} {change.path}" for change in differences(inventory, opened(stack, folder))
        ]


def rewrite_in_secret(folder: Path) -> None:
    (folder / "a/b").write_text("CONTENT of a/b")
    os.utime(folder / "a/b", (1_700_000_000, 1_700_000_000))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Path.exists, []),
        (rewrite_in_secret, ["present a", "present a/b"]),
        (lambda folder: (folder / "a/b").chmod(0o600), ["present a", "present a/b"]),
        (lambda folder: (folder / "z").unlink(), ["present ", "absent z"]),
        (lambda folder: (folder / "z").rename(folder / "y"), ["present ", "absent z", "present y"]),
        (
            lambda folder: (folder / "c\udcffd").mkdir(),
            ["present ", "present c\udcffd"],
        ),
    ],
)
def test_each_kind_of_change(tmp_path: Path, change: Callable[[Path], object], expected: list[str]) -> None:
    folder = tree(tmp_path / "tree", "a/b", "a/c", "d/e/f", "z")
    text = written_down(folder)
    change(folder)
    assert changed(folder, text) == expected


def test_odd_names_are_kept(tmp_path: Path) -> None:
    folder = tree(tmp_path / "tree", "new\nline/\udcff\udcfe", 'qu"ote')
    assert changed(folder, written_down(folder)) == []


@pytest.mark.parametrize("text", ["", "{}\n", "[1,2]\n", '["ocitool tree 2","d00"]\n', "[\n"])
def test_something_else_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidDocument):
        Inventory(io.StringIO(text), where="tree")


def test_a_part_is_refused(tmp_path: Path) -> None:
    folder = tree(tmp_path / "tree", "a/b/c")
    lines = written_down(folder).splitlines(keepends=True)
    with pytest.raises(InvalidDocument, match="damaged"):
        changed(folder, "".join(lines[:-1]))
