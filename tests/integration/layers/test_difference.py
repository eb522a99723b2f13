"""What a difference is made of, where the details of a file system come in."""

from __future__ import annotations

import io
import os
import socket
import stat
import tarfile
from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidValue, StorageError, Unsupported
from oci.layers import Branch, IdMap, IdRange, LayerWriter, Ownership, differences
from tests.integration.layers.conftest import root
from tests.integration.layers.difference import diff, diff_of_upper, written
from tests.integration.layers.material import WHEN, apply, listing, owned_by_us

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["root"]


def members(raw: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        return archive.getmembers()


def names(raw: bytes) -> list[str]:
    return [each.name for each in members(raw)]


def tree(folder: Path, *files: str) -> Path:
    """Make files, all of one time, and the directories above them."""
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"content of " + os.fsencode(name))
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (WHEN, WHEN))
    return folder


def test_what_is_gone_comes_first_and_what_is_above_a_change_comes_along(tmp_path: Path) -> None:
    before = tree(tmp_path / "before", "a/b/old", "a/b/same", "a/b/z", "q/untouched", "r/gone/x")
    after = tree(tmp_path / "after", "a/b/aaa", "a/b/same", "a/b/z", "q/untouched", "r/still")
    (after / "a/b/z").write_text("other content!")
    os.utime(after / "a/b/z", (WHEN, WHEN))
    found = names(diff(before, after))
    assert found == ["a", "a/b", "a/b/.wh.old", "a/b/aaa", "a/b/z", "r", "r/.wh.gone", "r/still"]


def test_content_is_compared_even_where_size_and_time_are_the_same(tmp_path: Path) -> None:
    before, after = tree(tmp_path / "before", "file"), tree(tmp_path / "after", "file")
    assert names(diff(before, after)) == []
    (after / "file").write_text("CONTENT of file")
    os.utime(after / "file", (WHEN, WHEN))
    assert names(diff(before, after)) == ["file"]


def test_equal_content_of_another_time_is_the_same_layer_with_a_bound(tmp_path: Path) -> None:
    one, other = tree(tmp_path / "one", "a/b", "c"), tree(tmp_path / "other", "a/b", "c")
    for number, path in enumerate((*other.rglob("*"), other)):
        os.utime(path, ns=(0, (WHEN + number) * 10**9 + 17))
    assert diff(None, one) != diff(None, other)
    assert diff(None, one, latest_s=WHEN - 5) == diff(None, other, latest_s=WHEN - 5)
    assert {each.mtime for each in members(diff(None, other, latest_s=WHEN - 5))} == {WHEN - 5}
    # A bound is no replacement: what is older keeps its time.
    os.utime(one / "c", (7, 7))
    assert {each.mtime for each in members(diff(None, one, latest_s=WHEN))} == {WHEN, 7}


def test_links_to_one_file_go_together(tmp_path: Path) -> None:
    before, after = tree(tmp_path / "before", "a", "b", "c"), tree(tmp_path / "after", "a", "b", "c")
    for folder in (before, after):
        (folder / "b").unlink()
        (folder / "b").hardlink_to(folder / "a")
    assert names(diff(before, after)) in ([], ["."])
    (after / "d").hardlink_to(after / "a")
    raw = diff(before, after)
    assert [(each.name, each.linkname) for each in members(raw) if each.name != "."] == [
        ("a", ""),
        ("b", "a"),
        ("d", "a"),
    ]


def test_holes_are_zeros_unless_they_are_to_be_kept(tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    folder.mkdir()
    with (folder / "sparse").open("wb") as file:
        file.seek(3 * 1024 * 1024)
        file.write(b"end")
        file.truncate(8 * 1024 * 1024)
    (folder / "hole").touch()
    os.truncate(folder / "hole", 10**6)
    whole, with_holes = diff(None, folder), diff(None, folder, keeps_holes=True)
    assert (len(whole) > 9 * 10**6, len(with_holes) < 10**5) == (True, True)
    for number, raw in enumerate((whole, with_holes)):
        apply(tmp_path / str(number), raw)
        assert listing(tmp_path / str(number))["sparse"] == listing(folder)["sparse"]
        assert listing(tmp_path / str(number))["hole"] == listing(folder)["hole"]
    assert (tmp_path / "1/sparse").stat().st_blocks < 1000


def test_what_no_layer_can_hold(tmp_path: Path) -> None:
    folder = tree(tmp_path / "tree", "a")
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(folder, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{here}/socket")
        with Branch(here) as branch:
            pieces: list[bytes] = []
            writer = LayerWriter(pieces.append, ownership=owned_by_us())
            writer.write(differences(None, branch), branch)
            writer.finish()
        os.close(here)
    assert names(b"".join(pieces)) == [".", "a"]
    assert [(each.count, each.example) for each in writer.omissions] == [(1, "socket")]
    assert (writer.entries, writer.file_bytes) == (2, len("content of a"))
    (folder / "socket").unlink()
    (folder / ".wh.a").touch()
    with pytest.raises(Unsupported, match=r"\.wh\.a"):
        diff(None, folder)


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path) -> None:
    folder = tree(tmp_path / "tree", "a")
    os.truncate(folder / "a", 3 * 1024 * 1024)
    descriptor = os.open(folder, os.O_RDONLY)

    def take(piece: bytes) -> None:
        if len(piece) > 1024:
            os.truncate(folder / "a", 5)

    with Branch(descriptor) as branch:
        writer = LayerWriter(take, ownership=owned_by_us())
        with pytest.raises(StorageError, match="changed while"):
            writer.write(differences(None, branch), branch)
    os.close(descriptor)


def test_a_tree_that_vanishes(tmp_path: Path) -> None:
    folder = tree(tmp_path / "tree", "a")
    descriptor = os.open(folder, os.O_RDONLY)
    with Branch(descriptor) as branch:
        changes = list(differences(None, branch))
        (folder / "a").unlink()
        with pytest.raises(StorageError, match="cannot be read: No such file"):
            written(changes, branch)
    os.close(descriptor)


@pytest.mark.usefixtures("root")
def test_owners_devices_and_attributes(tmp_path: Path) -> None:
    folder = tree(tmp_path / "tree", "file", "dir/file")
    os.mknod(folder / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    os.mkfifo(folder / "fifo")
    (folder / "link").symlink_to("../outside")
    os.setxattr(folder / "file", "user.odd=name", b"a\nb\0c=\xff")
    os.setxattr(
        folder / "file", "security.capability", bytes.fromhex("0100000202040000000000000000000000000000")
    )
    os.setxattr(folder / "dir", "user.x", b"")
    os.chown(folder / "link", 100_005, 200_007, follow_symlinks=False)
    raw = diff(None, folder)
    apply(tmp_path / "again", raw)
    assert listing(tmp_path / "again") == listing(folder)
    os.removexattr(tmp_path / "again/dir", "user.x")
    assert names(diff(folder, tmp_path / "again")) == ["dir"]


@pytest.mark.usefixtures("root")
def test_owners_are_mapped_back(tmp_path: Path) -> None:
    folder = tree(tmp_path / "tree", "file")
    os.chown(folder / "file", 100_005, 200_007)
    os.chown(folder, 100_000, 200_000)
    mapped = Ownership(IdMap((IdRange(0, 100_000, 10),)), IdMap((IdRange(0, 200_000, 10),)))
    descriptor = os.open(folder, os.O_RDONLY)
    with Branch(descriptor) as branch:
        changes = list(differences(None, branch))
        found = members(written(changes, branch, ownership=mapped, prefix="/opt/app"))
        assert [(each.name, each.uid, each.gid) for each in found] == [
            ("opt/app", 0, 0),
            ("opt/app/file", 5, 7),
        ]
        os.chown(folder / "file", 5, 5)
        with pytest.raises(InvalidValue, match="5 of this host is not mapped, the owner of file"):
            written(changes, branch, ownership=mapped)
        kept = members(written(changes, branch, ownership=Ownership(keeps_owners=False)))
        assert {(each.uid, each.gid) for each in kept} == {(0, 0)}
    os.close(descriptor)


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("namespace", ["trusted", "user"])
def test_the_marks_of_an_overlay(tmp_path: Path, namespace: str) -> None:
    upper = tree(tmp_path / "upper", "a/new", "b/c/d")
    os.mknod(upper / "a/gone", stat.S_IFCHR, os.makedev(0, 0))
    (upper / "b/gone").touch()
    os.setxattr(upper / "b/gone", f"{namespace}.overlay.whiteout", b"")
    os.setxattr(upper / "b/c", f"{namespace}.overlay.opaque", b"y")
    os.setxattr(upper / "b", f"{namespace}.overlay.origin", b"handle")
    raw = diff_of_upper(upper)
    assert names(raw) == [
        ".",
        "a",
        "b",
        "a/.wh.gone",
        "a/new",
        "b/.wh.gone",
        "b/c",
        "b/c/.wh..wh..opq",
        "b/c/d",
    ]
    assert all("overlay" not in key for each in members(raw) for key in each.pax_headers)
    os.setxattr(upper / "b/c", f"{namespace}.overlay.redirect", b"/elsewhere")
    with pytest.raises(Unsupported, match=r"b/c: .*redirect"):
        diff_of_upper(upper)
