"""A bundle becomes an image again, with what was changed in one layer more."""

from __future__ import annotations

import gzip
import json
import shutil
from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import InvalidDocument, NotFound, StorageError
from oci.layers import IdMap, IdRange, Ownership
from oci.runtime import BundleRecord
from tests.integration.images.material import EPOCH, config_of, context, top_layer
from tests.integration.layers.conftest import root
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import file, folder, listing, owned_by_us, tar

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["root"]

PASSWD = b"root:x:0:0::/root:/bin/sh\napp:x:7:8::/home/app:/bin/sh\n"
LAYERS = [
    tar(folder("etc"), file("etc/passwd", PASSWD), file("etc/gone"), folder("var"), file("var/same")),
    tar(file("etc/more")),
]


@pytest.fixture
def image(tmp_path: Path) -> str:
    write_layout(tmp_path / "layout", LAYERS, compress=gzip.compress)
    return f"oci:{tmp_path}/layout:v1"


def test_the_bundle(tmp_path: Path, image: str) -> None:
    unpacked = oci.unpack_bundle(image, tmp_path / "bundle", context=context())
    assert sorted(each.name for each in (tmp_path / "bundle").iterdir()) == [
        *("config.json", "ocitool.json", "ocitool.tree", "rootfs")
    ]
    assert (tmp_path / "bundle").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "bundle/rootfs").stat().st_mode & 0o777 == 0o755
    spec = json.loads((tmp_path / "bundle/config.json").read_text())
    assert (spec["process"]["args"], spec["process"]["env"][-1]) == (["sh"], "HOME=/root")
    record = BundleRecord.parse((tmp_path / "bundle/ocitool.json").read_bytes(), where="record")
    assert (record.image, record.digest, record.ownership) == (image, unpacked.digest, owned_by_us())


def test_what_changed_is_a_layer_on_top(tmp_path: Path, image: str) -> None:
    oci.unpack_bundle(image, tmp_path / "bundle", context=context())
    rootfs = tmp_path / "bundle/rootfs"
    (rootfs / "etc/gone").unlink()
    (rootfs / "etc/more").write_text("changed")
    (rootfs / "new").mkdir()
    repacked = oci.repack(
        tmp_path / "bundle", f"oci:{tmp_path}/layout:v2", created_by="by hand", context=context()
    )
    new = f"oci:{tmp_path}/layout:v2"
    found = top_layer(tmp_path / "layout", new)
    assert [each.name for each in found] == [".", "etc", "new", "etc/.wh.gone", "etc/more"]
    assert max(each.mtime for each in found) == EPOCH
    assert oci.inspect(new, context=context()).layers[:-1] == oci.inspect(image, context=context()).layers
    assert config_of(new)["rootfs"]["diff_ids"][-1] == str(repacked.layer.diff_id)
    oci.unpack(new, tmp_path / "again", context=context(None))
    expected, actual = listing(rootfs), listing(tmp_path / "again")
    assert {name: entry[7] for name, entry in actual.items()} == {
        name: entry[7] for name, entry in expected.items()
    }
    # The bundle is what it was: the next image is the same, and the old name stands for the old image.
    again = oci.repack(
        tmp_path / "bundle", f"oci:{tmp_path}/layout:v3", created_by="by hand", context=context()
    )
    assert again.copy.root == repacked.copy.root
    assert repacked.base == image.removesuffix(":v1") + f"@{oci.resolve(image, context=context()).digest}"


def test_nothing_changed(tmp_path: Path, image: str) -> None:
    oci.unpack_bundle(image, tmp_path / "bundle", context=context())
    oci.repack(tmp_path / "bundle", f"oci:{tmp_path}/layout:v2", context=context())
    assert top_layer(tmp_path / "layout", f"oci:{tmp_path}/layout:v2") == []


def test_the_image_may_have_moved(tmp_path: Path, image: str) -> None:
    oci.unpack_bundle(image, tmp_path / "bundle", context=context())
    (tmp_path / "bundle/rootfs/new").touch()
    shutil.move(tmp_path / "layout", tmp_path / "moved")
    with pytest.raises((NotFound, StorageError)):
        oci.repack(tmp_path / "bundle", f"oci:{tmp_path}/other:v2", context=context())
    moved = f"oci:{tmp_path}/moved"
    oci.repack(tmp_path / "bundle", f"oci:{tmp_path}/other:v2", base=moved, context=context())
    assert len(oci.inspect(f"oci:{tmp_path}/other:v2", context=context()).layers) == 3
    write_layout(tmp_path / "layout", [tar(file("else"))])
    with pytest.raises(NotFound) as caught:
        oci.repack(tmp_path / "bundle", f"oci:{tmp_path}/other:v3", context=context())
    assert "--base" in (caught.value.hint or "")


def test_what_is_no_bundle(tmp_path: Path, image: str) -> None:
    with pytest.raises(StorageError, match="no bundle"):
        oci.repack(tmp_path / "none", f"oci:{tmp_path}/layout:v2", context=context())
    oci.unpack_bundle(image, tmp_path / "bundle", context=context())
    (tmp_path / "bundle/ocitool.tree").unlink()
    with pytest.raises(StorageError, match=r"ocitool\.tree"):
        oci.repack(tmp_path / "bundle", f"oci:{tmp_path}/layout:v2", context=context())
    for text in ("{}", '{"version":2}', '{"version":1,"image":"x","digest":"sha256:' + "0" * 64 + '"}'):
        (tmp_path / "bundle/ocitool.json").write_text(text)
        with pytest.raises(InvalidDocument):
            oci.repack(tmp_path / "bundle", f"oci:{tmp_path}/layout:v2", context=context())


@pytest.mark.usefixtures("root")
def test_owners_go_there_and_back(tmp_path: Path, image: str) -> None:
    ids = IdMap((IdRange(0, 100_000, 1000),))
    oci.unpack_bundle(image, tmp_path / "bundle", ownership=Ownership(ids, ids), context=context())
    spec = json.loads((tmp_path / "bundle/config.json").read_text())
    assert spec["linux"]["uidMappings"] == [{"containerID": 0, "hostID": 100_000, "size": 1000}]
    changed = tmp_path / "bundle/rootfs/etc/more"
    changed.write_text("changed")
    assert changed.stat().st_uid == 100_000
    oci.repack(tmp_path / "bundle", f"oci:{tmp_path}/layout:v2", context=context())
    found = top_layer(tmp_path / "layout", f"oci:{tmp_path}/layout:v2")
    assert {(each.uid, each.gid) for each in found} == {(0, 0)}


def test_a_user_that_the_image_does_not_know_leaves_nothing_behind(tmp_path: Path, image: str) -> None:
    with oci.build(image, context=context()) as made:
        made.configure(oci.ConfigChanges(user="nobody"))
        made.push(f"oci:{tmp_path}/layout:v2")
    with pytest.raises(NotFound, match="no user 'nobody'"):
        oci.unpack_bundle(f"oci:{tmp_path}/layout:v2", tmp_path / "bundle", context=context())
    assert [each.name for each in tmp_path.iterdir()] == ["layout"]
