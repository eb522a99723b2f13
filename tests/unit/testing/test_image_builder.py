from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

import zstandard

from oci.spec import Descriptor, Digest, Index, Manifest, media_type, parse_document
from oci.testing import build_artifact, build_image, build_index, layer, random_layer

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content


def some_index() -> Content:
    images = {
        p: build_image([layer({"etc/arch": p.encode()})], platform=p)
        for p in ("linux/amd64", "linux/arm64/v8")
    }
    return build_index(images, annotations={"a": "b"})


def test_the_same_bytes_on_every_run() -> None:
    assert some_index().blobs == some_index().blobs
    assert random_layer(1000, seed=1).data != random_layer(1000, seed=2).data


def test_layers_hold_their_files_and_know_their_diff_id() -> None:
    built = layer({"a": b"1", "b/c": b"2"})
    archive = gzip.decompress(built.data)
    assert built.diff_id == Digest.of(archive)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        assert tar.getnames() == ["a", "b/c"]
    assert len(random_layer(2_000_000).data) > 2_000_000


def test_documents_are_what_the_specs_want() -> None:
    index = some_index()
    parsed = parse_document(index.raw, claimed=media_type.OCI_INDEX)
    assert isinstance(parsed, Index)
    assert [str(p) for p in parsed.platforms()] == ["linux/amd64", "linux/arm64/v8"]
    assert [entry.digest for entry in parsed.manifests] == [part.digest for part in index.parts]
    for part in index.parts:
        manifest = parse_document(part.raw)
        assert isinstance(manifest, Manifest)
        assert [child.digest for child in manifest.children] == [
            leaf.descriptor.digest for leaf in part.leaves
        ]
        assert all(Digest.of(leaf.data) == leaf.descriptor.digest for leaf in part.leaves)


def test_docker_images_have_dockers_media_types() -> None:
    image = build_image([layer({"a": b"1"})], docker=True)
    manifest = parse_document(image.raw)
    assert isinstance(manifest, Manifest)
    assert manifest.media_type == media_type.DOCKER_MANIFEST
    assert [child.media_type for child in manifest] == [
        media_type.DOCKER_CONFIG,
        media_type.DOCKER_LAYER_GZIP,
    ]


def test_artifacts_refer_to_their_subject() -> None:
    image = build_image([])
    artifact = parse_document(build_artifact("application/x.sig", b"s", subject=image.root).raw)
    assert artifact.subject == image.root
    assert artifact.kind_of_artifact == "application/x.sig"


def test_sha512_reaches_documents_and_layers() -> None:
    image = build_image([layer({}, algorithm="sha512")], algorithm="sha512")
    assert {digest.algorithm for digest in image.blobs} == {"sha512"}


def test_a_layout_gets_everything(tmp_path: Path) -> None:
    index = some_index()
    store = index.write_to(tmp_path / "layout", "v1", "v2")
    assert store.resolve("v1") == store.resolve("v2") == index.root
    assert {
        digest: (tmp_path / "layout/blobs" / digest.algorithm / digest.encoded).read_bytes()
        for digest in index.blobs
    } == index.blobs


def test_layers_may_be_linked_without_being_there() -> None:
    foreign = Descriptor(
        media_type.OCI_LAYER_NONDISTRIBUTABLE, Digest.of(b"x"), 1, urls=("https://x.test/y",)
    )
    image = build_image([layer({})], absent_layers=[foreign])
    manifest = parse_document(image.raw)
    assert isinstance(manifest, Manifest)
    assert manifest.layers[1].urls == ("https://x.test/y",)
    assert foreign.digest not in image.blobs
    assert image.raw.count(b"diff_ids") == 0
    assert image.leaves[0].data.count(b"sha256:") == 2


def test_zstd_layers() -> None:
    built = layer({"a": b"1"}, compression="zstd")
    assert built.descriptor.media_type == media_type.OCI_LAYER_ZSTD
    assert Digest.of(zstandard.decompress(built.data)) == built.diff_id
