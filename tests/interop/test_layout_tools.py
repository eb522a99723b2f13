"""Layouts and archives between us and the tools of others: they read what we write, and we what they do."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from oci.spec import media_type, parse_document
from oci.testing.contract import Sample
from oci.testing.contract.sample import blob, fetched
from oci.transports.directory.sink import DirectorySink
from oci.transports.directory.store import DirectoryStore
from oci.transports.layout.store import LayoutStore
from oci.transports.layout.terms import DiskTerms
from oci.transports.oci_archive.sink import ArchiveSink
from oci.transports.oci_archive.source import ArchiveSource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.interop


def image(label: str) -> Sample:
    """An image that strict tools accept: empty layers, stated as such."""
    config = blob(
        json.dumps({
            "architecture": "amd64", "os": "linux", "config": {"Labels": {"is": label}},
            "rootfs": {"type": "layers", "diff_ids": []},
        }),
        media_type.OCI_CONFIG,
    )  # fmt: skip
    manifest = {
        "schemaVersion": 2,
        "mediaType": media_type.OCI_MANIFEST,
        "config": config.descriptor.to_json(),
        "layers": [],
    }
    root = blob(json.dumps(manifest, indent=2), media_type.OCI_MANIFEST)
    return Sample(root, blobs=(config,))


ONE, TWO = image("one"), image("two")
BOTH = Sample.index(ONE, TWO)


@pytest.fixture
def run(tool: Callable[[str], Path]) -> Callable[..., bytes]:
    def run(*command: object) -> bytes:
        name, *arguments = map(str, command)
        done = subprocess.run([str(tool(name)), *arguments], capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


@pytest.fixture
def skopeo(run: Callable[..., bytes]) -> Callable[..., bytes]:
    def skopeo(*arguments: object) -> bytes:
        return run("skopeo", "--insecure-policy", *arguments)

    return skopeo


def written(path: Path) -> LayoutStore:
    store = LayoutStore.create(path)
    ONE.push(store, "v1")
    TWO.push(store, "docker.io/library/two:2.0")
    BOTH.push(store, "both")
    store.close()
    return store


def archived(path: Path) -> None:
    sink = ArchiveSink.create(path)
    ONE.push(sink, "v1")
    BOTH.push(sink, "both")
    sink.finish()
    sink.close()


def test_skopeo_reads_our_layout(skopeo: Callable[..., bytes], tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    written(layout)
    assert skopeo("inspect", "--raw", f"oci:{layout}:v1") == ONE.root.content
    assert skopeo("inspect", "--raw", f"oci:{layout}:docker.io/library/two:2.0") == TWO.root.content
    assert skopeo("inspect", "--raw", f"oci:{layout}:both") == BOTH.root.content


def test_skopeo_reads_our_archive(skopeo: Callable[..., bytes], tmp_path: Path) -> None:
    archived(tmp_path / "a.tar")
    assert skopeo("inspect", "--raw", f"oci-archive:{tmp_path}/a.tar:v1") == ONE.root.content
    skopeo("copy", "--all", f"oci-archive:{tmp_path}/a.tar:both", f"oci:{tmp_path}/copy:both")
    store = LayoutStore.at(tmp_path / "copy")
    BOTH.assert_held_by(store)


def test_skopeo_adds_to_our_layout_and_we_to_its(skopeo: Callable[..., bytes], tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    written(layout)
    skopeo("copy", f"oci:{layout}:v1", f"oci:{layout}:from-skopeo")
    store = LayoutStore.at(layout)
    assert set(store.names()) == {"v1", "docker.io/library/two:2.0", "both", "from-skopeo"}
    assert store.open("from-skopeo") == ONE.root
    TWO.push(store, "from-us")
    assert skopeo("inspect", "--raw", f"oci:{layout}:from-us") == TWO.root.content
    assert skopeo("inspect", "--raw", f"oci:{layout}:from-skopeo") == ONE.root.content


def test_we_read_what_skopeo_wrote(skopeo: Callable[..., bytes], tmp_path: Path) -> None:
    written(tmp_path / "layout")
    origin = f"oci:{tmp_path}/layout:both"
    skopeo("copy", "--all", origin, f"oci:{tmp_path}/new:x")
    skopeo("copy", "--all", origin, f"oci-archive:{tmp_path}/new.tar:x")
    skopeo("copy", f"oci:{tmp_path}/layout:v1", f"oci-archive:{tmp_path}/nameless.tar")
    layout, archive = LayoutStore.at(tmp_path / "new"), ArchiveSource.at(tmp_path / "new.tar")
    for source in (layout, archive):
        assert list(source.names()) == ["x"]
        assert source.open("x") == source.open(None) == BOTH.root
        BOTH.assert_held_by(source)
    nameless = ArchiveSource.at(tmp_path / "nameless.tar")
    assert nameless.open(None) == ONE.root
    archive.close()
    nameless.close()


def test_blobs_are_shared_with_skopeo(skopeo: Callable[..., bytes], tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    ours = LayoutStore.create(tmp_path / "ours", DiskTerms(shared_blobs=shared))
    ONE.push(ours, "v1")
    skopeo(
        "copy", "--src-shared-blob-dir", shared, "--dest-shared-blob-dir", shared,
        f"oci:{tmp_path}/ours:v1", f"oci:{tmp_path}/theirs:v1",
    )  # fmt: skip
    theirs = LayoutStore.at(tmp_path / "theirs", DiskTerms(shared_blobs=shared))
    assert theirs.open("v1") == ONE.root
    ONE.assert_held_by(theirs)


def test_umoci_reads_our_layout_and_we_what_it_changed(run: Callable[..., bytes], tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    store = LayoutStore.create(layout)
    ONE.push(store, "v1")
    BOTH.push(store, "both")
    assert set(run("umoci", "list", "--layout", layout).decode().split()) == {"v1", "both"}
    run("umoci", "tag", "--image", f"{layout}:v1", "again")
    assert store.open("again") == ONE.root
    run("umoci", "config", "--image", f"{layout}:v1", "--tag", "changed", "--config.user", "nobody")
    changed = parse_document(store.open("changed").content)
    config = json.loads(fetched(store, changed.children[0]))
    assert config["config"]["User"] == "nobody"
    run("umoci", "new", "--image", f"{layout}:fresh")
    assert set(store.names()) == {"v1", "both", "again", "changed", "fresh"}
    BOTH.assert_held_by(store)


def test_the_garbage_collection_of_umoci_spares_what_is_listed_and_what_is_unfinished(
    run: Callable[..., bytes], tmp_path: Path
) -> None:
    layout = tmp_path / "layout"
    store = LayoutStore.create(layout)
    BOTH.push(store)
    TWO.push(store, "v2")
    layer = blob(b"half" * 1000)
    writer = store.ingest(layer.descriptor)
    writer.write(layer.content[:2000])
    writer.suspend()
    run("umoci", "gc", "--layout", layout)
    BOTH.assert_held_by(store)
    assert store.open("v2") == TWO.root
    writer = store.ingest(layer.descriptor)
    assert writer.offset == 2000
    writer.abort()


def test_umoci_makes_layouts_that_we_write_to(run: Callable[..., bytes], tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    run("umoci", "init", "--layout", layout)
    store = LayoutStore.create(layout)
    ONE.push(store, "v1")
    run("umoci", "stat", "--image", f"{layout}:v1")
    assert store.open("v1") == ONE.root


def test_gnu_tar_unpacks_and_packs_our_archives(run: Callable[..., bytes], tmp_path: Path) -> None:
    archived(tmp_path / "a.tar")
    (tmp_path / "unpacked").mkdir()
    run("tar", "-xf", tmp_path / "a.tar", "-C", tmp_path / "unpacked")
    store = LayoutStore.at(tmp_path / "unpacked")
    BOTH.assert_held_by(store)
    for options in (["-cf"], ["--format=pax", "-czf"], ["--format=ustar", "-cf"], ["--format=v7", "-cf"]):
        run("tar", "-C", tmp_path / "unpacked", *options, tmp_path / "again.tar", ".")
        source = ArchiveSource.at(tmp_path / "again.tar")
        BOTH.assert_held_by(source)
        source.close()


def test_skopeo_reads_our_directory_and_we_its(skopeo: Callable[..., bytes], tmp_path: Path) -> None:
    sink = DirectorySink.create(tmp_path / "ours")
    BOTH.push(sink)
    sink.choose(BOTH.root.descriptor)
    sink.close()
    assert skopeo("inspect", "--raw", f"dir:{tmp_path}/ours") == BOTH.root.content
    skopeo("copy", "--all", f"dir:{tmp_path}/ours", f"dir:{tmp_path}/theirs")
    skopeo("copy", "--all", f"dir:{tmp_path}/theirs", f"oci:{tmp_path}/layout:both")
    theirs = DirectoryStore.at(tmp_path / "theirs")
    assert theirs.open(None) == BOTH.root
    BOTH.assert_held_by(theirs)
    assert LayoutStore.at(tmp_path / "layout").open("both") == BOTH.root


def test_we_and_skopeo_write_over_each_others_directories(
    skopeo: Callable[..., bytes], tmp_path: Path
) -> None:
    written(tmp_path / "layout")
    for first in ("v1", "both"):
        skopeo("copy", "--all", f"oci:{tmp_path}/layout:{first}", f"dir:{tmp_path}/image")
        sink = DirectorySink.create(tmp_path / "image")
        TWO.push(sink)
        sink.choose(TWO.root.descriptor)
        sink.close()
        assert skopeo("inspect", "--raw", f"dir:{tmp_path}/image") == TWO.root.content
        assert len(list((tmp_path / "image").iterdir())) == 2 + len(TWO.blobs)
