"""Layers compressed anew on the way: DiffIDs stay, all else of them changes; what is wrong is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.compression import Compression, detect, expanded
from oci.content import Limits, MemoryStore, MemoryStream
from oci.errors import (
    ConnectionBroken,
    CopyError,
    DigestMismatch,
    InvalidDocument,
    LimitExceeded,
    Unsupported,
)
from oci.frozen import replace
from oci.spec import Descriptor, Digest, Manifest, media_type, parse_document
from oci.testing import build_artifact, build_image, build_index, layer, random_layer
from oci.testing.image_builder import Blob
from oci.transfer import Change, Conversion, CopyOptions, Extent, Format, LayerForm, Outcome, copy, plan
from oci.transfer.event import Event, Read, Replaced
from tests.unit.transfer.conversion.test_format import stored
from tests.unit.transfer.images import OrderedSink, UnreliableStore

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content
    from oci.transfer import CopyResult

FILES = {"etc/passwd": b"root:x:0:0\n" * 500, "usr/bin/app": bytes(range(256)) * 300}
FORMS = ["none", "gzip", "zstd"]
ZSTD = Conversion(layers=LayerForm(compression=Compression.ZSTD))
GZIP = Conversion(layers=LayerForm(compression=Compression.GZIP))
PLAIN = Conversion(layers=LayerForm(compression=Compression.NONE))
KINDS = {"none": "", "gzip": "+gzip", "zstd": "+zstd"}


def convert(
    content: Content, conversion: Conversion, sink: MemoryStore | None = None, **options: object
) -> tuple[CopyResult, MemoryStore]:
    sink = OrderedSink() if sink is None else sink
    values: dict[str, object] = {"conversion": conversion, **options}
    made: type[CopyOptions] = CopyOptions
    result = copy(stored(content, "v1"), "v1", sink, ["v1"], options=made(**values))  # type: ignore[arg-type]
    return result, sink


def manifest_of(sink: MemoryStore, name: str = "v1") -> Manifest:
    manifest = parse_document(sink.open(name).content)
    assert isinstance(manifest, Manifest)
    return manifest


def inside(store: MemoryStore, descriptor: Descriptor) -> bytes:
    with store.fetch(descriptor) as reader:
        content = reader.read(limit=1 << 30)
    parts = [content]
    whole = expanded(lambda _: parts.pop() if parts else b"", detect(content), where="test")
    return b"".join(whole)


@pytest.mark.parametrize("before", FORMS)
@pytest.mark.parametrize("after", FORMS)
def test_any_form_becomes_any_other_and_diff_ids_stay(before: str, after: str) -> None:
    original = layer(FILES, compression=before)
    image = build_image([original])
    conversion = Conversion(layers=LayerForm(compression=Compression(after)))
    result, sink = convert(image, conversion)
    manifest = manifest_of(sink)
    assert manifest.config == image.leaves[0].descriptor
    assert manifest.layers[0].media_type == media_type.OCI_LAYER + KINDS[after]
    assert Digest.of(inside(sink, manifest.layers[0])) == original.diff_id
    if before == after:
        assert sink.open("v1").content == image.raw
        assert result.changes == ()
    else:
        assert result.changes == (
            Change(original.descriptor, manifest.layers[0]),
            Change(image.root, result.root),
        )
        assert not sink.exists(original.descriptor)


def test_the_same_comes_out_each_time() -> None:
    image = build_image([layer(FILES)])
    first, _ = convert(image, ZSTD)
    second, _ = convert(image, ZSTD)
    harder, _ = convert(image, Conversion(layers=LayerForm(compression=Compression.ZSTD, level=19)))
    assert first.root == second.root != harder.root


def test_an_index_and_its_images_share_what_was_compressed_once() -> None:
    shared = layer(FILES)
    images = {
        "linux/amd64": build_image([shared, layer({"a": b"a"})]),
        "linux/arm64": build_image([shared], platform="linux/arm64"),
    }
    result, sink = convert(build_index(images), ZSTD)
    assert len(result.changes) == 2 + 2 + 1
    assert result.root == sink.resolve("v1")
    assert all(not sink.exists(leaf.descriptor) for part in images.values() for leaf in part.leaves[1:])


def test_only_what_is_not_compressed_gets_compressed() -> None:
    plain, packed = layer({"a": b"a" * 999}, compression="none"), layer({"b": b"b"}, compression="zstd")
    form = LayerForm(compression=Compression.GZIP, extent=Extent.UNCOMPRESSED)
    _, sink = convert(build_image([plain, packed]), Conversion(layers=form))
    assert [x.media_type for x in manifest_of(sink).layers] == [
        media_type.OCI_LAYER_GZIP,
        media_type.OCI_LAYER_ZSTD,
    ]
    assert manifest_of(sink).layers[1] == packed.descriptor


def test_what_the_destination_has_in_another_form_is_left_unless_all_must_change() -> None:
    there, absent = layer({"a": b"a" * 999}), layer({"b": b"b"})
    image = build_image([there, absent])
    for extent, expected in (
        (Extent.ABSENT, media_type.OCI_LAYER_GZIP),
        (Extent.ALL, media_type.OCI_LAYER_ZSTD),
    ):
        sink = MemoryStore()
        copy(stored(build_image([there]), "v0"), "v0", sink)
        form = LayerForm(compression=Compression.ZSTD, extent=extent)
        convert(image, Conversion(layers=form), sink)
        assert [x.media_type for x in manifest_of(sink).layers] == [expected, media_type.OCI_LAYER_ZSTD]


def test_zstd_makes_a_docker_image_an_oci_image() -> None:
    image = build_index({"linux/amd64": build_image([layer(FILES)], docker=True)}, docker=True)
    result, sink = convert(image, ZSTD)
    assert result.root.media_type == media_type.OCI_INDEX
    _, sink = convert(image.parts[0], ZSTD)
    assert manifest_of(sink).config.media_type == media_type.OCI_CONFIG


def test_gzip_leaves_a_docker_image_one_and_makes_one_of_zstd() -> None:
    _, sink = convert(build_image([layer(FILES, compression="none")], docker=True), GZIP)
    assert manifest_of(sink).media_type == media_type.DOCKER_MANIFEST
    assert manifest_of(sink).layers[0].media_type == media_type.DOCKER_LAYER_GZIP
    both = replace(GZIP, format=Format.DOCKER)
    _, sink = convert(build_image([layer(FILES, compression="zstd")]), both)
    assert manifest_of(sink).layers[0].media_type == media_type.DOCKER_LAYER_GZIP


def test_bytes_count_not_what_a_media_type_calls_them() -> None:
    """Layers whose type says gzip and which are something else are in the wild; the DiffID is the truth."""
    plain = layer(FILES, compression="none")
    lying = replace(plain, descriptor=replace(plain.descriptor, media_type=media_type.OCI_LAYER_GZIP))
    _, sink = convert(build_image([lying]), ZSTD)
    assert Digest.of(inside(sink, manifest_of(sink).layers[0])) == plain.diff_id


def test_what_is_said_of_the_old_bytes_is_not_said_of_the_new_ones() -> None:
    original = layer(FILES)
    annotations = {"io.github.containers.zstd-chunked.manifest-checksum": "x", "org.example": "kept"}
    noted = replace(original, descriptor=replace(original.descriptor, annotations=annotations))
    _, sink = convert(build_image([noted]), ZSTD)
    assert manifest_of(sink).layers[0].annotations == {"org.example": "kept"}


def test_foreign_layers_and_artifacts_are_left_alone() -> None:
    foreign = replace(
        Descriptor.of(b"elsewhere", media_type.OCI_LAYER_NONDISTRIBUTABLE),
        urls=("https://example.com/layer",),
    )
    _, sink = convert(build_image([layer(FILES)], absent_layers=[foreign]), ZSTD, MemoryStore())
    assert manifest_of(sink).layers[1] == foreign
    artifact = build_artifact("application/vnd.example", b"payload")
    _, sink = convert(artifact, ZSTD)
    assert sink.open("v1").content == artifact.raw


def bad(image: Content, **config: object) -> Content:
    """Give an image another configuration."""
    leaf = image.leaves[0]
    raw = json.dumps(json.loads(leaf.data) | config).encode()
    changed = Blob.of(raw, leaf.descriptor.media_type)
    document = json.dumps(image.document | {"config": changed.descriptor.to_json()}).encode()
    root = Descriptor.of(document, image.root.media_type)
    return replace(image, root=root, raw=document, leaves=(changed, *image.leaves[1:]))


def failure(content: Content, conversion: Conversion = ZSTD, **options: object) -> BaseException | None:
    sink = MemoryStore()
    with pytest.raises(CopyError) as caught:
        convert(content, conversion, sink, **options)
    assert list(sink.names()) == []
    return caught.value.__cause__


def test_a_layer_that_is_not_what_the_config_says_is_found_out() -> None:
    image = build_image([layer(FILES)])
    other = str(Digest.of(b"other"))
    cause = failure(bad(image, rootfs={"type": "layers", "diff_ids": [other]}))
    assert isinstance(cause, DigestMismatch)
    assert cause.expected == other


def test_a_config_with_another_number_of_diff_ids_is_refused() -> None:
    cause = failure(bad(build_image([layer(FILES)]), rootfs={"type": "layers", "diff_ids": []}))
    assert isinstance(cause, InvalidDocument)


def test_a_damaged_layer_is_refused_and_so_is_one_that_goes_on_behind_its_end() -> None:
    original = layer(FILES)
    for data in (original.data[:-9], original.data + b"more", b"\x1f\x8b" + b"x" * 99):
        broken = replace(original, data=data, descriptor=Descriptor.of(data, media_type.OCI_LAYER_GZIP))
        assert isinstance(failure(build_image([broken])), InvalidDocument)


def test_a_layer_that_is_not_what_its_descriptor_says_is_refused() -> None:
    image = build_image([layer(FILES)])
    store = stored(image, "v1")
    store._blobs[image.leaves[1].descriptor.digest] = image.leaves[1].data[:-1] + b"?"
    with pytest.raises(CopyError) as caught:
        copy(store, "v1", MemoryStore(), ["v1"], options=CopyOptions(conversion=PLAIN))
    assert isinstance(caught.value.__cause__, DigestMismatch | InvalidDocument)


def test_a_layer_that_expands_past_the_limit_is_stopped() -> None:
    cause = failure(build_image([layer({"zeros": b"\0" * 3_000_000})]), limits=Limits(layer_bytes=2_000_000))
    assert isinstance(cause, LimitExceeded)
    assert cause.limit == "layer_bytes"


def test_two_images_that_disagree_on_a_layer_are_refused() -> None:
    shared = layer(FILES)
    liar = bad(build_image([shared]), rootfs={"type": "layers", "diff_ids": [str(Digest.of(b"x"))]})
    index = build_index({"linux/amd64": build_image([shared]), "linux/arm64": liar})
    assert isinstance(failure(index), InvalidDocument | DigestMismatch)


class BreaksLayers(UnreliableStore):
    """A source whose large blobs break off as scripted, and whose small ones do not."""

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> MemoryStream:
        if descriptor.size > 300_000:
            return super().stream(descriptor, offset, length)
        return MemoryStore.stream(self, descriptor, offset, length)


def test_a_source_that_breaks_off_is_read_on() -> None:
    image = build_image([random_layer(300_000)])
    store = BreaksLayers()
    copy(stored(image, "v1"), "v1", store, ["v1"])
    store.breaks = [100_000, 50_000]
    options = CopyOptions(conversion=ZSTD, retry_delay_s=0.001)
    result = copy(store, "v1", OrderedSink(), ["v1"], options=options)
    assert len(result.changes) == 2
    assert [offset for _, offset, _ in store.asked] == [0, 100_000, 150_000]


def test_a_source_that_stays_broken_is_an_error_of_the_source() -> None:
    image = build_image([random_layer(300_000)])
    store = UnreliableStore()
    copy(stored(image, "v1"), "v1", store, ["v1"])
    store.breaks = [0] * 20
    with pytest.raises(CopyError) as caught:
        options = CopyOptions(conversion=ZSTD, retry_delay_s=0.001, retries=2)
        copy(store, "v1", OrderedSink(), ["v1"], options=options)
    assert caught.value.side == "source"
    assert isinstance(caught.value.__cause__, ConnectionBroken)


def test_temporary_files_go_where_they_are_told_and_do_not_stay(tmp_path: Path) -> None:
    image = build_image([layer(FILES)])
    convert(image, replace(ZSTD, scratch=tmp_path))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CopyError, match="no-such-folder"):
        convert(image, replace(ZSTD, scratch=tmp_path / "no-such-folder"))


def test_listeners_see_the_reading_and_what_came_of_it() -> None:
    original = layer(FILES)
    events: list[Event] = []
    convert(build_image([original]), ZSTD, listener=events.append)
    read = [event for event in events if isinstance(event, Read)]
    assert sum(event.count for event in read) == original.descriptor.size
    assert next(event.before for event in events if isinstance(event, Replaced)) == original.descriptor


def test_a_second_copy_sends_nothing() -> None:
    image = build_image([layer(FILES)])
    _, sink = convert(image, ZSTD)
    result, _ = convert(image, ZSTD, sink)
    assert {blob.outcome for blob in result.blobs} == {Outcome.SKIPPED}


def test_the_plan_names_the_layers_and_claims_no_digest_that_it_cannot_know() -> None:
    original = layer(FILES)
    image = build_image([original])
    planned = plan(stored(image, "v1"), "v1", MemoryStore(), ["v1"], options=CopyOptions(conversion=ZSTD))
    assert [(b.descriptor, b.becomes) for b in planned.recompressed] == [
        (original.descriptor, media_type.OCI_LAYER_ZSTD)
    ]
    assert planned.changes == (Change(original.descriptor, None), Change(image.root, None))
    assert planned.count(Outcome.SENT) == 1


def test_a_change_is_refused_before_anything_is_compressed() -> None:
    events: list[Event] = []
    image = build_image([layer(FILES)])
    assert isinstance(failure(image, preserves_digests=True, listener=events.append), Unsupported)
    assert not [event for event in events if isinstance(event, Read)]
