"""Unpacked layers held against their layers, and what a store takes on the disk against what du says."""

from __future__ import annotations

import subprocess
import tarfile
from typing import TYPE_CHECKING, NamedTuple

import pytest

import oci
from oci.store.check import check_store
from oci.store.disk_size import tree_bytes
from oci.store.usage import usage_of
from oci.testing import build_image, layer, random_layer
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import file, folder, hard_link, member, symlink, tar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oci import Context
    from oci.store import ImageStore

LAYERS = [
    tar(
        folder("etc"),
        file("etc/a", b"one"),
        hard_link("etc/b", "etc/a"),
        symlink("link", "etc//a"),
        member("fifo", tarfile.FIFOTYPE),
        folder("was"),
        file("was/dir", b"x"),
        file("was", b"a file now"),
        file("deep/er/file", b"1234"),
        file("twice", b"first"),
        file("twice", b"second time"),
        file("gone"),
    ),
    tar(file(".wh.gone"), file("etc/.wh..wh..opq"), file("etc/c", b"three")),
    tar(folder("etc"), symlink("usr", "etc"), file("usr/through", b"a link")),
]


@pytest.fixture
def trees(tmp_path: Path, context: Context, store: ImageStore) -> list[Path]:
    """Pull an image; return where its layers are unpacked."""
    write_layout(tmp_path / "layout", LAYERS)
    pulled = oci.pull(f"oci:{tmp_path}/layout:v1", context=context)
    stack = store.snapshots.stack(store.catalogue.chains(pulled.image.digest))
    assert stack is not None
    return [snapshot.directory for snapshot in stack]


def same_size(path: Path) -> None:
    path.write_bytes(path.read_bytes()[::-1])


def replaced(path: Path) -> None:
    path.unlink()
    path.mkdir()


def redirected(path: Path) -> None:
    path.unlink()
    path.symlink_to("elsewhere")


def test_a_sound_store_is_sound(store: ImageStore, trees: list[Path]) -> None:
    assert len(trees) == len(LAYERS)
    assert check_store(store) == check_store(store, reads_files=True) == []


class Damage(NamedTuple):
    """What is done to a file of a layer."""

    layer: int
    name: str
    do: Callable[[Path], object]
    is_content: bool = False
    """Whether only the file's content tells."""


DAMAGES = [
    Damage(0, "etc/a", lambda path: path.write_bytes(b"longer than before")),
    Damage(0, "twice", same_size, is_content=True),
    Damage(0, "fifo", lambda path: path.unlink()),
    Damage(0, "deep/er/file", replaced),
    Damage(0, "link", redirected),
    Damage(0, "new", lambda path: path.touch()),
    Damage(1, "gone", lambda path: path.unlink()),
    Damage(1, "etc/c", same_size, is_content=True),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_what_was_changed_is_found_and_heals(
    tmp_path: Path, context: Context, store: ImageStore, trees: list[Path], damage: Damage
) -> None:
    damage.do(trees[damage.layer] / damage.name)
    assert check_store(store, reads_content=False) == []
    assert (check_store(store) == []) is damage.is_content
    (fault,) = check_store(store, reads_files=True, repairs=True)
    assert "snapshot" in fault.what
    assert fault.is_repaired
    oci.pull(f"oci:{tmp_path}/layout:v1", context=context)
    assert check_store(store, reads_files=True) == []


def test_what_the_store_takes_is_what_du_says(tmp_path: Path, context: Context, store: ImageStore) -> None:
    shared = [random_layer(300_000, seed=1), layer({f"etc/{number}": b"x" * 5000 for number in range(50)})]
    for name in ("one", "two"):
        image = build_image([*shared, layer({name: name.encode() * 5000})])
        image.write_to(tmp_path / "layout", f"localhost/{name}:1")
        oci.pull(f"oci:{tmp_path}/layout:localhost/{name}:1", context=context)
    usage = usage_of(store)
    root = store.place.root
    for path in (root, store.place.snapshots, *store.place.snapshots.iterdir()):
        said = subprocess.run(["du", "-s", "-B1", str(path)], capture_output=True, text=True, check=True)
        assert tree_bytes(path) == int(said.stdout.split()[0])
    assert usage.total_bytes + usage.other_bytes == tree_bytes(root)
    one, two = usage.images
    assert one.shared_bytes == two.shared_bytes > 300_000
    assert usage.total_bytes == one.unique_bytes + two.unique_bytes + one.shared_bytes
