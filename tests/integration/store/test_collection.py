"""Removing, collecting, checking and mounting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import oci
from oci import pull, unpack
from oci.errors import AlreadyExists, CopyError, NotFound, Unsupported
from oci.store.check import check_store
from oci.store.collection import collect
from oci.store.disk_size import tree_bytes
from oci.store.image import find_image, list_images
from oci.store.lease import Lease
from oci.store.mount import mount_image, mounted_images, unmount_image
from oci.store.removal import give_names, remove_image
from oci.store.usage import usage_of
from oci.testing import Content, build_image, layer, random_layer
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import file, folder, member, symlink, tar

if TYPE_CHECKING:
    from pathlib import Path

    from oci import Context
    from oci.store import ImageStore

NAME = "localhost/app:1"


def put(image: Content, directory: Path, context: Context, name: str = NAME) -> None:
    image.write_to(directory, name)
    pull(f"oci:{directory}:{name}", context=context)


def names_of(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def test_an_image_goes_with_its_last_name_and_its_content_with_it(
    tmp_path: Path, context: Context, image: Content, store: ImageStore
) -> None:
    put(image, tmp_path / "layout", context)
    found, name = find_image(store, "app:1")
    assert name == NAME
    give_names(store, found, ["localhost/other:2"])
    found, _ = find_image(store, "app:1")
    with pytest.raises(AlreadyExists):
        remove_image(store, found, None)
    assert remove_image(store, found, NAME).deleted is None
    found, name = find_image(store, found.image_id.encoded[:12])
    assert (found.tags, name) == (("localhost/other:2",), None)
    assert remove_image(store, found, name).deleted == found.image_id
    collected = collect(store)
    assert (collected.blobs, collected.snapshots) == (5, 3)
    assert collected.freed_bytes >= 2 * 300_000
    assert list(store.blobs.digests()) == []
    assert names_of(store.place.snapshots) == names_of(store.place.removed) == []
    assert list_images(store) == []


def test_what_another_image_or_a_process_needs_stays(
    tmp_path: Path, context: Context, image: Content, store: ImageStore
) -> None:
    shared = build_image(
        [layer({"etc/os-release": b"ID=test\n", "usr/bin/x": b"x" * 1000}), layer({"o": b""})]
    )
    put(image, tmp_path / "layout", context)
    put(shared, tmp_path / "layout", context, "localhost/shared:1")
    large = image.leaves[2].descriptor.digest
    remove_image(store, *find_image(store, "app:1"))
    with Lease(store.database, "test", store.clock) as lease:
        lease.hold([str(large)])
        collect(store)
        assert store.blobs.size_of(large) == image.leaves[2].descriptor.size
    collect(store)
    assert store.blobs.size_of(large) is None
    assert find_image(store, "shared:1")[0].is_unpacked
    assert len(store.snapshots.all()) == 2
    assert check_store(store) == []


def test_what_was_left_behind_is_collected(tmp_path: Path, store: ImageStore) -> None:
    (store.place.snapshots / "77").mkdir()
    (store.place.snapshots / "77/file").write_bytes(b"x" * 5000)
    (store.place.snapshots / ".new-abandoned").mkdir()
    digest = oci.Digest.of(b"chain")
    held = store.snapshots.begin(digest)
    assert held is not None
    assert store.snapshots.begin(digest) is None
    collected = collect(store)
    assert collected.snapshots == 2
    assert names_of(store.place.snapshots) == [held.path.name]
    held.release()
    collect(store)
    assert names_of(store.place.snapshots) == []


def test_usage_is_what_the_disk_says(
    tmp_path: Path, context: Context, image: Content, store: ImageStore
) -> None:
    put(image, tmp_path / "layout", context)
    put(build_image([random_layer(300_000, seed=1)]), tmp_path / "layout", context, "localhost/part:1")
    usage = usage_of(store)
    assert usage.total_bytes + usage.other_bytes == tree_bytes(store.place.root)
    one, other = sorted(usage.images, key=lambda each: each.total_bytes)
    assert one.shared_bytes == other.shared_bytes >= 300_000
    assert one.unique_bytes + other.unique_bytes + one.shared_bytes == usage.total_bytes


def test_damage_is_found_and_repaired_and_a_pull_heals(
    tmp_path: Path, context: Context, image: Content, store: ImageStore
) -> None:
    put(image, tmp_path / "layout", context)
    assert check_store(store) == []
    path = store.blobs.path_of(image.leaves[2].descriptor.digest)
    path.write_bytes(b"\0" + path.read_bytes()[1:])
    snapshot = store.snapshots.all()[0]
    snapshot.directory.rename(tmp_path / "lost")
    assert check_store(store, reads_content=False) != []
    faults = check_store(store)
    assert len(faults) == 2
    assert not any(fault.is_repaired for fault in faults)
    assert all(fault.is_repaired for fault in check_store(store, repairs=True)[:2])
    assert [fault.image for fault in check_store(store)] == [image.digest]
    pull(f"oci:{tmp_path}/layout:{NAME}", context=context)
    assert check_store(store) == []
    assert find_image(store, "app:1")[0].is_unpacked


def test_layers_may_be_thrown_away_once_they_are_unpacked(
    tmp_path: Path, context: Context, image: Content, store: ImageStore
) -> None:
    image.write_to(tmp_path / "layout", NAME)
    for _ in range(2):
        pulled = pull(f"oci:{tmp_path}/layout:{NAME}", discards_unpacked=True, context=context)
        assert not pulled.image.record.keeps_layers
        assert pulled.image.is_unpacked
    assert pulled.result is not None
    assert pulled.result.moved == 0
    assert len(list(store.blobs.digests())) == 2
    assert check_store(store) == []
    with pytest.raises(CopyError) as caught:
        oci.copy(f"store:{NAME}", f"oci:{tmp_path}/out:1", context=context)
    assert isinstance(caught.value.__cause__, Unsupported)
    pull(f"oci:{tmp_path}/layout:{NAME}", context=context)
    assert oci.copy(f"store:{NAME}", f"oci:{tmp_path}/out:1", context=context).root.digest == image.digest


@pytest.mark.usefixtures("root")
def test_a_mounted_image_is_the_image_unpacked_and_in_use(
    tmp_path: Path, context: Context, store: ImageStore
) -> None:
    layers = [
        tar(
            folder("a", mode=0o750, mtime=5), file("a/x"), file("a/y"), folder("b"), file("b/old"), file("c")
        ),
        tar(file("a/z"), member("a/.wh.x"), member("b/.wh..wh..opq"), file("b/new"), member(".wh.c")),
        tar(symlink("c", "a/z"), member("a/s", content=b"s", mode=0o4755, owner=(1, 2))),
    ]
    write_layout(tmp_path / "layout", layers)
    pulled = pull(f"oci:{tmp_path}/layout:v1", context=context)
    unpack(f"oci:{tmp_path}/layout:v1", tmp_path / "plain", context=context)
    target = mount_image(store, pulled.image.digest)
    try:
        assert mount_image(store, pulled.image.digest) == target
        assert mounted_images(store) == [pulled.image.digest]
        assert described(target) == described(tmp_path / "plain")
        with pytest.raises(OSError, match="Read-only"):
            (target / "new").touch()
        with pytest.raises(Unsupported):
            remove_image(store, pulled.image, None)
        collect(store)
        assert (target / "a/z").read_bytes() == b"content"
    finally:
        assert unmount_image(store, pulled.image.digest)
    assert not unmount_image(store, pulled.image.digest)
    assert names_of(store.place.mounts) == []


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("count", [1, 127])
def test_images_of_one_layer_and_of_127_are_mounted(
    tmp_path: Path, context: Context, store: ImageStore, count: int
) -> None:
    write_layout(tmp_path / "layout", [tar(file(f"file-{number}")) for number in range(count)])
    digest = pull(f"oci:{tmp_path}/layout:v1", context=context).image.digest
    target = mount_image(store, digest)
    try:
        assert len(names_of(target)) == count
    finally:
        unmount_image(store, digest)


def test_an_image_that_is_not_unpacked_is_not_mounted(
    tmp_path: Path, context: Context, image: Content, store: ImageStore
) -> None:
    image.write_to(tmp_path / "layout", "1")
    oci.copy(f"oci:{tmp_path}/layout:1", f"store:{NAME}", context=context)
    with pytest.raises(NotFound):
        mount_image(store, image.digest)


def described(directory: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in sorted(directory.rglob("*")):
        status = path.lstat()
        content = (
            str(path.readlink()).encode()
            if path.is_symlink()
            else path.read_bytes()
            if path.is_file()
            else b""
        )
        when = None if path.is_dir() and path.name == "b" else status.st_mtime_ns
        found[str(path.relative_to(directory))] = (
            status.st_mode,
            status.st_uid,
            status.st_gid,
            when,
            content,
        )
    return found
