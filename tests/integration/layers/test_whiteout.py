"""Several layers: what an upper one hides, replaces and keeps of the lower ones."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidDocument
from oci.layers import LayerLimits, Ownership, apply_layer
from oci.layers.form import Overlay
from oci.layers.tree import Tree
from tests.integration.layers.material import (
    apply,
    file,
    folder,
    hard_link,
    layer,
    member,
    names,
    symlink,
    tar,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.layers.material import Member

LOWER = tar(
    folder("d"), file("d/a"), file("d/b"), folder("d/sub"), file("d/sub/x"), file("e"), symlink("l", "d")
)


def result(tmp_path: Path, *uppers: list[Member]) -> list[str]:
    apply(tmp_path / "t", LOWER, *(tar(*members) for members in uppers))
    return names(tmp_path / "t")


@pytest.mark.parametrize(
    ("members", "left"),
    [
        ([file(".wh.e")], ["d", "l", "d/a", "d/b", "d/sub", "d/sub/x"]),
        ([file("d/.wh.a"), file("d/.wh.sub")], ["d", "e", "l", "d/b"]),
        ([file(".wh.d")], ["e", "l"]),
        ([file(".wh.n"), file("n/.wh.a")], ["d", "e", "l", "d/a", "d/b", "d/sub", "d/sub/x"]),
        ([file("e/.wh.x")], ["d", "e", "l", "d/a", "d/b", "d/sub", "d/sub/x"]),
        ([file("d/.wh..wh..opq")], ["d", "e", "l"]),
        ([file("d/.wh..wh..opq"), file("d/new")], ["d", "e", "l", "d/new"]),
        ([file("d/new"), file("d/.wh..wh..opq")], ["d", "e", "l", "d/new"]),
        ([file("d/sub/new"), file("d/.wh..wh..opq")], ["d", "e", "l", "d/sub", "d/sub/new"]),
        ([file("d/sub/new"), file(".wh.d")], ["d", "e", "l", "d/sub", "d/sub/new"]),
        ([file(".wh.d"), file("d/sub/new")], ["d", "e", "l", "d/sub", "d/sub/new"]),
        ([file("e"), file(".wh.e")], ["d", "e", "l", "d/a", "d/b", "d/sub", "d/sub/x"]),
        ([file(".wh..wh..opq"), file("x")], ["x"]),
        ([file("x"), file(".wh..wh..opq")], ["x"]),
        ([file("l/.wh.a")], ["d", "e", "l", "d/b", "d/sub", "d/sub/x"]),
        ([file("l/new"), file("l/.wh..wh..opq")], ["d", "e", "l", "d/new"]),
        ([file(".wh..wh.plnk"), file("d/.wh..wh.aufs")], ["d", "e", "l", "d/a", "d/b", "d/sub", "d/sub/x"]),
        ([file("d")], ["d", "e", "l"]),
        ([folder("e"), file("e/x")], ["d", "e", "l", "d/a", "d/b", "d/sub", "e/x", "d/sub/x"]),
        ([folder("d", mode=0o700)], ["d", "e", "l", "d/a", "d/b", "d/sub", "d/sub/x"]),
        ([hard_link("h", "d/a"), file("d/.wh.a")], ["d", "e", "h", "l", "d/b", "d/sub", "d/sub/x"]),
    ],
)  # fmt: skip
def test_what_is_left(tmp_path: Path, members: list[Member], left: list[str]) -> None:
    assert sorted(result(tmp_path, members)) == sorted(left)


def test_what_a_layer_has_written_the_next_one_hides(tmp_path: Path) -> None:
    assert result(tmp_path, [file("d/sub/new")], [file(".wh.d")]) == ["e", "l"]


def test_a_directory_over_a_directory_gets_new_attributes_and_keeps_its_content(tmp_path: Path) -> None:
    noted = member("d", b"5", mode=0o711, records={"SCHILY.xattr.user.old": "1"})
    plain = member("d", b"5", mode=0o755)
    apply(tmp_path / "t", tar(noted, file("d/f")))
    assert os.listxattr(tmp_path / "t/d") == ["user.old"]
    apply(tmp_path / "u", tar(noted, file("d/f")), tar(plain))
    assert os.listxattr(tmp_path / "u/d") == []
    assert stat.S_IMODE((tmp_path / "u/d").stat().st_mode) == 0o755
    assert names(tmp_path / "u") == ["d", "d/f"]


def test_a_directory_that_every_layer_has_gets_the_time_of_the_last_one(tmp_path: Path) -> None:
    apply(tmp_path / "t", tar(folder("d", mtime=5), file("d/a")), tar(folder("d", mtime=6), file("d/a")))
    assert (tmp_path / "t/d").stat().st_mtime == 6


def test_a_file_over_a_hard_link_leaves_the_other_name_alone(tmp_path: Path) -> None:
    apply(tmp_path / "t", tar(file("a", b"old"), hard_link("b", "a")), tar(file("a", b"new")))
    assert (tmp_path / "t/b").read_bytes() == b"old"
    assert (tmp_path / "t/a").read_bytes() == b"new"


def test_hiding_keeps_the_directory_s_time(tmp_path: Path) -> None:
    apply(
        tmp_path / "t",
        tar(folder("d", mtime=5), file("d/a"), folder("d/b"), file("d/b/c")),
        tar(file("d/.wh.b")),
    )
    assert (tmp_path / "t/d").stat().st_mtime == 5


def test_a_directory_with_names_like_our_own_can_be_removed(tmp_path: Path) -> None:
    deep = [file(f"d/{n}/.ocitool-removed-{m}/x") for n in range(3) for m in range(4)]
    deep += [folder("d/.ocitool-removed-1"), file("d/.ocitool-removed-2/y")]
    apply(tmp_path / "t", tar(*deep), tar(file(".wh.d")))
    assert names(tmp_path / "t") == []


def test_a_very_deep_directory_can_be_removed(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 250)
    apply(tmp_path / "t", tar(file(f"{deep}/x")), tar(file(".wh.d")))
    assert names(tmp_path / "t") == []


@pytest.mark.parametrize("name", [".wh.", ".wh..", ".wh...", "d/.wh."])
def test_a_whiteout_of_nothing_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidDocument, match="names nothing"):
        result(tmp_path, [file(name)])


def overlay(target: Path, *members: Member) -> None:
    """Apply a layer to a tree of its own."""
    target.mkdir()
    root = os.open(target, os.O_DIRECTORY)
    with Tree(root) as tree:
        stream = layer(tar(*members))
        apply_layer(
            iter(stream), tree, Overlay(tree), ownership=Ownership(), limits=LayerLimits(), where="layer"
        )
    os.close(root)


def opaque(path: Path) -> bool:
    return "trusted.overlay.opaque" in os.listxattr(path)


@pytest.mark.usefixtures("root")
def test_overlay_form_marks_what_is_hidden(tmp_path: Path) -> None:
    overlay(tmp_path / "t", file("d/.wh.a"), file("o/.wh..wh..opq"), file("o/x"))
    status = (tmp_path / "t/d/a").lstat()
    assert (stat.S_ISCHR(status.st_mode), status.st_rdev) == (True, 0)
    assert [opaque(tmp_path / "t" / name) for name in ("d", "o")] == [False, True]
    assert names(tmp_path / "t") == ["d", "o", "d/a", "o/x"]


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("is_first", [True, False])
def test_in_overlay_form_a_directory_of_the_layer_s_own_is_opaque_where_it_is_hidden(
    tmp_path: Path, is_first: bool
) -> None:
    own = [folder("d"), file("d/new")]
    overlay(tmp_path / "t", *([file(".wh.d"), *own] if is_first else [*own, file(".wh.d")]))
    assert opaque(tmp_path / "t/d")
    assert names(tmp_path / "t") == ["d", "d/new"]


@pytest.mark.usefixtures("root")
def test_in_overlay_form_a_file_of_the_layer_s_own_stays(tmp_path: Path) -> None:
    overlay(tmp_path / "t", file("f"), file(".wh.f"), file(".wh.g"), file("g"))
    assert [(tmp_path / "t" / name).read_bytes() for name in ("f", "g")] == [b"content"] * 2


@pytest.mark.usefixtures("root")
def test_parents_that_nobody_describes_can_be_completed_by_others(tmp_path: Path) -> None:
    told: list[str] = []

    def complete(descriptor: int, path: str) -> None:
        told.append(path)
        os.fchmod(descriptor, 0o711)

    root = os.open(tmp_path, os.O_DIRECTORY)
    with Tree(root, complete=complete) as tree:
        stream = layer(tar(file("a/b/c"), folder("x"), file("x/y")))
        apply_layer(
            iter(stream), tree, Overlay(tree), ownership=Ownership(), limits=LayerLimits(), where="layer"
        )
    os.close(root)
    assert told == ["a", "a/b"]
    assert stat.S_IMODE((tmp_path / "a/b").stat().st_mode) == 0o711
