"""Images are built from directories and files, the same bytes from the same content."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING

import pytest

import oci
from oci.compression import Compression
from oci.errors import CopyError, InvalidValue, StorageError, UnsupportedMediaType
from oci.images import ConfigChanges
from oci.layers import Ownership
from oci.transfer import Conversion, Format, LayerForm
from tests.integration.images.material import EPOCH, config_of, context, top_layer
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import file, folder, listing, names, tar

if TYPE_CHECKING:
    from pathlib import Path

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "dist"
    (root / "bin").mkdir(parents=True, mode=0o711)
    (root / "bin/app").write_text("#!/bin/sh\n")
    (root / "bin/app").chmod(0o755)
    (root / "data").write_bytes(bytes(3 * 1024 * 1024))
    return root


def build_from_nothing(tmp_path: Path, tree: Path, name: str) -> oci.CopyResult:
    with oci.build(platform=oci.Platform("linux", "arm64", "v8"), context=context()) as image:
        image.add_tree(tree, at="/srv/app")
        image.add_files({"etc/b": b"second", "/etc/a": b"first"}, mode=0o600)
        image.configure(
            ConfigChanges(
                entrypoint=("/srv/app/bin/app",),
                env={"A": "b=c"},
                labels={"x": "y"},
                exposed_ports=("80/tcp",),
                volumes=("/data",),
                working_directory="/srv",
                user="app",
                stop_signal="SIGINT",
                author="me",
            )
        )
        return image.push(f"oci:{tmp_path}/layout:{name}")


def test_from_nothing(tmp_path: Path, tree: Path) -> None:
    result = build_from_nothing(tmp_path, tree, "v1")
    image = f"oci:{tmp_path}/layout:v1"
    assert oci.resolve(image, context=context()).digest == result.root.digest
    config = config_of(image)
    assert (config["os"], config["architecture"], config["variant"]) == ("linux", "arm64", "v8")
    assert (config["author"], config["created"]) == ("me", "2023-11-14T22:13:20Z")
    assert config["config"] == {
        "Env": ["A=b=c"],
        "Labels": {"x": "y"},
        "Entrypoint": ["/srv/app/bin/app"],
        "ExposedPorts": {"80/tcp": {}},
        "Volumes": {"/data": {}},
        "WorkingDir": "/srv",
        "User": "app",
        "StopSignal": "SIGINT",
    }
    assert [step.get("empty_layer", False) for step in config["history"]] == [False, False, True]
    found = oci.unpack(image, tmp_path / "root", context=context())
    assert found.entries == 6
    assert names(tmp_path / "root") == [
        *("etc", "srv", "etc/a", "etc/b", "srv/app", "srv/app/bin", "srv/app/data", "srv/app/bin/app")
    ]
    assert (tmp_path / "root/srv/app/bin").stat().st_mode & 0o777 == 0o711
    assert (tmp_path / "root/etc/a").read_text() == "first"
    assert (tmp_path / "root/srv/app/bin/app").stat().st_mtime == EPOCH


def test_the_same_content_makes_the_same_image(tmp_path: Path, tree: Path) -> None:
    first = build_from_nothing(tmp_path, tree, "v1")
    for path in (*tree.rglob("*"), tree):
        os.utime(path)
    again = build_from_nothing(tmp_path, tree, "v2")
    assert again.root == first.root
    assert all(blob.moved == 0 for blob in again.blobs)


def test_upon_another_image(tmp_path: Path, tree: Path) -> None:
    write_layout(tmp_path / "base", [tar(folder("etc"), file("etc/old"))], compress=gzip.compress)
    with oci.build(f"oci:{tmp_path}/base:v1", context=context()) as image:
        layer = image.add_tree(tree, created_by="COPY dist /")
        image.configure(ConfigChanges(env={"PATH": "/bin"}, command=("app",)))
        image.push(f"oci:{tmp_path}/layout:v1")
    config = config_of(f"oci:{tmp_path}/layout:v1")
    assert config["rootfs"]["diff_ids"][1:] == [str(layer.diff_id)]
    # The base has a layer and no history: a history that begins later would be matched with the wrong layers.
    assert "history" not in config
    oci.unpack(f"oci:{tmp_path}/layout:v1", tmp_path / "root", context=context())
    assert names(tmp_path / "root") == ["bin", "data", "etc", "bin/app", "etc/old"]
    # The directory's own mode is not the root's.
    assert "." not in [each.name for each in top_layer(tmp_path / "layout", f"oci:{tmp_path}/layout:v1")]


def test_layers_of_another_form_and_differences(tmp_path: Path, tree: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for each in (before, after):
        each.mkdir()
        (each / "same").write_text("same")
        os.utime(each / "same", (EPOCH, EPOCH))
    (before / "gone").touch()
    zstd = LayerForm(compression=Compression.ZSTD, level=1)
    with oci.build(form=zstd, context=context()) as image:
        image.add_tree(before)
        image.add_difference(before, after)
        image.add_upper(tree, ownership=Ownership(keeps_owners=False))
        image.push(f"oci:{tmp_path}/layout:v1")
    found = oci.inspect(f"oci:{tmp_path}/layout:v1", context=context())
    assert {layer.media_type.rpartition("+")[2] for layer in found.layers} == {"zstd"}
    oci.unpack(f"oci:{tmp_path}/layout:v1", tmp_path / "root", context=context())
    assert names(tmp_path / "root") == ["bin", "data", "same", "bin/app"]
    assert listing(tmp_path / "root")["data"][7] == listing(tree)["data"][7]


@pytest.mark.parametrize(("compression", "becomes"), [("gzip", "docker"), ("zstd", "oci")])
def test_dockers_family_is_kept_where_it_can_be(
    tmp_path: Path, tree: Path, compression: str, becomes: str
) -> None:
    write_layout(tmp_path / "base", [tar(file("a"))])
    options = oci.CopyOptions(conversion=Conversion(format=Format.DOCKER))
    oci.copy(f"oci:{tmp_path}/base:v1", f"oci:{tmp_path}/docker:v1", options=options, context=context())
    form = LayerForm(compression=Compression(compression))
    with oci.build(f"oci:{tmp_path}/docker:v1", form=form, context=context()) as image:
        image.add_tree(tree)
        result = image.push(f"oci:{tmp_path}/layout:v1")
    manifest = json.loads(oci.raw_manifest(f"oci:{tmp_path}/layout:v1", context=context()))
    assert (result.root.media_type == DOCKER_MANIFEST) == (becomes == "docker")
    assert all((".docker." in layer["mediaType"]) == (becomes == "docker") for layer in manifest["layers"])
    oci.unpack(f"oci:{tmp_path}/layout:v1", tmp_path / "root", context=context())
    assert "bin/app" in names(tmp_path / "root")


def test_what_cannot_be_built(tmp_path: Path, tree: Path) -> None:
    with oci.build(context=context()) as image, pytest.raises(StorageError, match="No such file"):
        image.add_tree(tmp_path / "none")
    with pytest.raises(InvalidValue, match="no name of a variable"):
        ConfigChanges(env={"A=B": "c"})
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a layout would go")
    with oci.build(context=context()) as image, pytest.raises((CopyError, StorageError)):
        image.add_tree(tree)
        image.push(f"oci:{blocked}:v1")
    write_layout(tmp_path / "base", [])
    manifest = tmp_path / "base/index.json"
    index = json.loads(manifest.read_text())
    digest = index["manifests"][0]["digest"].partition(":")[2]
    document = json.loads((tmp_path / "base/blobs/sha256" / digest).read_text())
    document["config"]["mediaType"] = "application/x.else"
    oci_manifest = json.dumps(document).encode()
    descriptor = oci.Descriptor.of(oci_manifest, document["mediaType"])
    (tmp_path / "base/blobs/sha256" / descriptor.digest.encoded).write_bytes(oci_manifest)
    index["manifests"][0] |= {"digest": str(descriptor.digest), "size": descriptor.size}
    manifest.write_text(json.dumps(index))
    with pytest.raises(UnsupportedMediaType), oci.build(f"oci:{tmp_path}/base:v1", context=context()):
        pass
