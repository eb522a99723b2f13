"""Schema 1 images: converted on the way, with DiffIDs of layers that were read; refused as they are."""

from __future__ import annotations

import json

import pytest

from oci.compression import Compression
from oci.content import MemoryStore
from oci.errors import (
    CopyError,
    InvalidDocument,
    NotFound,
    PlatformMismatch,
    Unsupported,
    UnsupportedMediaType,
)
from oci.frozen import replace
from oci.spec import Descriptor, Digest, Manifest, Platform, media_type, parse_document
from oci.testing import layer
from oci.testing.image_builder import Blob
from oci.transfer import Change, Conversion, CopyOptions, Event, Format, Instance, LayerForm, copy, plan
from oci.transfer.event import Warned
from tests.unit.transfer.images import OrderedSink

LOW, EMPTY, TOP = layer({"a": b"a" * 999}), layer({}), layer({"b": b"b"})
STEPS: list[tuple[Blob, dict[str, object]]] = [
    (
        TOP,
        {
            "id": "3",
            "parent": "2",
            "os": "linux",
            "architecture": "amd64",
            "created": "2020-01-03T00:00:00Z",
            "config": {"Env": ["A=<b>"]},
            "container_config": {"Cmd": ["/bin/sh", "-c", "touch b"]},
            "Size": 3,
        },
    ),
    (EMPTY, {"id": "2", "parent": "1", "throwaway": True, "author": "ann", "comment": "none"}),
    (LOW, {"id": "1", "created": "2020-01-01T00:00:00Z"}),
]
OCI, DOCKER = Conversion(format=Format.OCI), Conversion(format=Format.DOCKER)


def old_store(*absent: Blob, steps: list[tuple[Blob, dict[str, object]]] = STEPS) -> MemoryStore:
    store = MemoryStore()
    for part, _ in steps:
        if part not in absent:
            writer = store.ingest(part.descriptor)
            writer.write(part.data)
            writer.commit()
    members = {
        "schemaVersion": 1, "name": "library/old", "tag": "v1", "architecture": "amd64",
        "fsLayers": [{"blobSum": str(part.descriptor.digest)} for part, _ in steps],
        "history": [{"v1Compatibility": json.dumps(said)} for _, said in steps],
    }  # fmt: skip
    raw = json.dumps(members).encode()
    store.publish(Descriptor.of(raw, media_type.DOCKER_SCHEMA1), raw, ["v1"])
    return store


def converted(conversion: Conversion) -> tuple[OrderedSink, Manifest]:
    sink = OrderedSink()
    copy(old_store(), "v1", sink, ["v1"], options=CopyOptions(conversion=conversion))
    manifest = parse_document(sink.open("v1").content)
    assert isinstance(manifest, Manifest)
    return sink, manifest


@pytest.mark.parametrize("conversion", [OCI, DOCKER])
def test_it_becomes_an_image_of_today(conversion: Conversion) -> None:
    sink, manifest = converted(conversion)
    assert conversion.format is not None
    assert manifest.media_type == conversion.format.manifest_type
    assert [link.digest for link in manifest.layers] == [LOW.descriptor.digest, TOP.descriptor.digest]
    assert {link.media_type for link in manifest.layers} <= {
        media_type.OCI_LAYER_GZIP, media_type.DOCKER_LAYER_GZIP,
    }  # fmt: skip
    assert json.loads(sink._content(manifest.config.digest)) == {
        "os": "linux",
        "architecture": "amd64",
        "created": "2020-01-03T00:00:00Z",
        "config": {"Env": ["A=<b>"]},
        "container_config": {"Cmd": ["/bin/sh", "-c", "touch b"]},
        "rootfs": {"type": "layers", "diff_ids": [str(LOW.diff_id), str(TOP.diff_id)]},
        "history": [
            {"created": "2020-01-01T00:00:00Z"},
            {"created": "0001-01-01T00:00:00Z", "author": "ann", "comment": "none", "empty_layer": True},
            {"created": "2020-01-03T00:00:00Z", "created_by": "/bin/sh -c touch b"},
        ],
    }
    assert b'"A=\\u003cb\\u003e"' in sink._content(manifest.config.digest)


def test_its_layers_can_get_another_form_at_once() -> None:
    rule = Conversion(format=Format.OCI, layers=LayerForm(compression=Compression.NONE))
    _, manifest = converted(rule)
    assert [link.digest for link in manifest.layers] == [LOW.diff_id, TOP.diff_id]
    assert {link.media_type for link in manifest.layers} == {media_type.OCI_LAYER}


def test_as_it_is_it_is_refused_before_anything_moves() -> None:
    sink = OrderedSink()
    for conversion in (Conversion(), Conversion(layers=LayerForm(compression=Compression.GZIP))):
        with pytest.raises((CopyError, UnsupportedMediaType)) as caught:
            copy(old_store(), "v1", sink, ["v1"], options=CopyOptions(conversion=conversion))
        assert "--format" in caught.value.hint
    assert (sink.ingests, sink.order) == (0, [])


def test_its_digest_cannot_stay() -> None:
    with pytest.raises(CopyError) as caught:
        options = CopyOptions(conversion=OCI, preserves_digests=True)
        copy(old_store(), "v1", OrderedSink(), ["v1"], options=options)
    assert isinstance(caught.value.__cause__, Unsupported)


def test_a_layer_that_is_absent_or_damaged_is_an_error() -> None:
    broken = Blob(Descriptor.of(b"\x1f\x8bno", media_type.DOCKER_LAYER_GZIP), b"\x1f\x8bno")
    for store, kind in (
        (old_store(LOW), NotFound),
        (old_store(steps=[(broken, {"id": "1"})]), InvalidDocument),
    ):
        with pytest.raises(CopyError) as caught:
            copy(store, "v1", OrderedSink(), ["v1"], options=CopyOptions(conversion=OCI))
        assert isinstance(caught.value.__cause__, kind)


def test_a_source_that_tells_no_sizes_is_refused() -> None:
    class Silent(MemoryStore):
        def size_of(self, digest: Digest) -> int | None:  # type: ignore[override]  # registries may not tell
            return None

    store = Silent()
    raw = old_store().open("v1").content
    store.publish(Descriptor.of(raw, media_type.DOCKER_SCHEMA1), raw, ["v1"])
    with pytest.raises(CopyError) as caught:
        copy(store, "v1", OrderedSink(), ["v1"], options=CopyOptions(conversion=OCI))
    assert isinstance(caught.value.__cause__, Unsupported)


def test_the_plan_cannot_know_the_digest() -> None:
    store = old_store()
    planned = plan(store, "v1", MemoryStore(), ["v1"], options=CopyOptions(conversion=DOCKER))
    assert planned.changes == (Change(store.resolve("v1"), None),)
    assert len(planned.blobs) == 2
    assert planned.recompressed == ()


def test_an_image_says_itself_what_it_is_for() -> None:
    wished = Instance(Platform("linux", "amd64"))
    events: list[Event] = []
    options = CopyOptions(conversion=OCI, selection=wished, listener=events.append)
    copy(old_store(), "v1", OrderedSink(), ["v1"], options=options)
    assert not [event for event in events if isinstance(event, Warned)]
    with pytest.raises(CopyError) as caught:
        other = replace(options, selection=Instance(Platform("linux", "arm64")))
        copy(old_store(), "v1", OrderedSink(), ["v1"], options=other)
    cause = caught.value.__cause__
    assert isinstance(cause, PlatformMismatch)
    assert cause.actual == "linux/amd64"
