"""Other media types on the way: what changes, what stays, what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.content import MemoryStore
from oci.errors import CopyError, Unsupported
from oci.frozen import replace
from oci.spec import Descriptor, Manifest, Platform, media_type, parse_document
from oci.testing import build_artifact, build_image, build_index, layer
from oci.testing.image_builder import EMPTY
from oci.transfer import Conversion, CopyOptions, Format, Subset, copy, plan
from oci.transfer.event import Event, Replaced
from tests.unit.transfer.images import OrderedSink

if TYPE_CHECKING:
    from oci.testing import Content
    from oci.transfer import CopyResult

LAYER = layer({"a": b"a" * 100})
OTHER = layer({"b": b"b" * 100}, compression="none")
TO_OCI = Conversion(format=Format.OCI)
TO_DOCKER = Conversion(format=Format.DOCKER)
LOSSY = Conversion(format=Format.DOCKER, allows_loss=True)
REFERENCE = "vnd.docker.reference.digest"


def stored(content: Content, *names: str) -> MemoryStore:
    store = MemoryStore()
    for document in content.documents:
        for leaf in document.leaves:
            writer = store.ingest(leaf.descriptor)
            writer.write(leaf.data)
            writer.commit()
        store.publish(document.root, document.raw, names if document is content else ())
    return store


def convert(content: Content, conversion: Conversion, **options: object) -> tuple[CopyResult, OrderedSink]:
    sink = OrderedSink()
    made: type[CopyOptions] = CopyOptions
    values: dict[str, object] = {"conversion": conversion, **options}
    result = copy(stored(content, "v1"), "v1", sink, ["v1"], options=made(**values))  # type: ignore[arg-type]
    return result, sink


def members(sink: MemoryStore, name: str = "v1") -> dict[str, object]:
    parsed: dict[str, object] = json.loads(sink.open(name).content)
    return parsed


def refusal(content: Content, conversion: Conversion, **options: object) -> Unsupported:
    with pytest.raises(CopyError) as caught:
        convert(content, conversion, **options)
    assert isinstance(caught.value.__cause__, Unsupported)
    return caught.value.__cause__


@pytest.mark.parametrize("docker", [False, True])
def test_an_image_gets_the_media_types_of_the_other_family_and_keeps_its_bytes(docker: bool) -> None:
    image = build_image([LAYER, OTHER], docker=docker)
    result, sink = convert(image, TO_OCI if docker else TO_DOCKER)
    twin = build_image([LAYER, OTHER], docker=not docker)
    assert members(sink) == twin.document | {
        "config": twin.leaves[0].descriptor.to_json(),
    }
    assert result.root == sink.resolve("v1")
    assert {blob.descriptor.digest for blob in result.blobs} == {x.descriptor.digest for x in image.leaves}
    assert [(change.before, change.after) for change in result.changes] == [(image.root, result.root)]


@pytest.mark.parametrize("docker", [False, True])
def test_what_is_of_the_family_already_is_copied_bit_for_bit(docker: bool) -> None:
    index = build_index({"linux/amd64": build_image([LAYER], docker=docker)}, docker=docker)
    result, sink = convert(index, TO_DOCKER if docker else TO_OCI, preserves_digests=True)
    assert sink.open("v1").content == index.raw
    assert result.changes == ()


def test_an_index_links_to_what_its_images_have_become() -> None:
    images = {
        "linux/amd64": build_image([LAYER], docker=True),
        "linux/arm64/v8": build_image([OTHER], platform="linux/arm64/v8"),
    }
    result, sink = convert(build_index(images, docker=True), TO_OCI)
    index = members(sink)
    manifests = index["manifests"]
    assert isinstance(manifests, list)
    assert index["mediaType"] == media_type.OCI_INDEX
    first = build_image([LAYER])
    assert [entry["digest"] for entry in manifests] == [
        str(first.digest),
        str(images["linux/arm64/v8"].digest),
    ]
    assert manifests[0]["size"] == first.root.size
    assert manifests[1]["platform"] == {"architecture": "arm64", "os": "linux", "variant": "v8"}
    assert len(result.changes) == 2


def test_listeners_are_told_what_became_of_what() -> None:
    image = build_image([LAYER])
    events: list[Event] = []
    result, _ = convert(image, TO_DOCKER, listener=events.append)
    assert [event for event in events if isinstance(event, Replaced)] == [Replaced(image.root, result.root)]


def test_what_v2s2_cannot_say_is_refused_unless_the_loss_is_allowed() -> None:
    image = build_image([LAYER], annotations={"org.example": "x"}, subject=EMPTY.descriptor)
    error = refusal(image, TO_DOCKER)
    assert "annotations" in error.message
    assert "subject" in error.message
    _, sink = convert(image, LOSSY)
    assert set(members(sink)) == {"schemaVersion", "mediaType", "config", "layers"}


def test_annotations_of_a_layer_and_of_an_entry_are_a_loss_too() -> None:
    noted = replace(LAYER, descriptor=replace(LAYER.descriptor, annotations={"a": "b"}))
    assert "annotations of layer 1" in refusal(build_image([noted]), TO_DOCKER).message
    index = build_index({"linux/amd64": build_image([LAYER])}, annotations={"a": "b"})
    assert "annotations" in refusal(index, TO_DOCKER).message
    _, sink = convert(build_image([noted]), LOSSY)
    layers = members(sink)["layers"]
    assert isinstance(layers, list)
    assert set(layers[0]) == {"mediaType", "digest", "size"}


def test_zstd_layers_have_no_place_in_v2s2_even_if_losses_are_allowed() -> None:
    image = build_image([layer({"a": b"a"}, compression="zstd")])
    assert "--dest-compress-format gzip" in refusal(image, LOSSY).hint


def test_what_docker_calls_zstd_is_read() -> None:
    zstd = layer({"a": b"a"}, compression="zstd")
    docker = replace(zstd, descriptor=replace(zstd.descriptor, media_type=media_type.DOCKER_LAYER + ".zstd"))
    image = build_image([docker])
    _, sink = convert(image, TO_OCI)
    layers = members(sink)["layers"]
    assert isinstance(layers, list)
    assert layers[0]["mediaType"] == media_type.OCI_LAYER_ZSTD


@pytest.mark.parametrize("docker", [False, True])
def test_foreign_layers_keep_their_links(docker: bool) -> None:
    kinds = (media_type.OCI_LAYER_NONDISTRIBUTABLE + "+gzip", media_type.DOCKER_LAYER_FOREIGN + ".gzip")
    foreign = replace(Descriptor.of(b"elsewhere", kinds[docker]), urls=("https://example.com/layer",))
    image = build_image([LAYER], absent_layers=[foreign], docker=docker)
    _, sink = convert_foreign(image, TO_OCI if docker else TO_DOCKER)
    layers = members(sink)["layers"]
    assert isinstance(layers, list)
    assert layers[1] == foreign.to_json() | {"mediaType": kinds[not docker]}


def convert_foreign(content: Content, conversion: Conversion) -> tuple[CopyResult, MemoryStore]:
    sink = MemoryStore()
    options = CopyOptions(conversion=conversion)
    return copy(stored(content, "v1"), "v1", sink, ["v1"], options=options), sink


def test_an_artifact_is_no_image() -> None:
    artifact = build_artifact("application/vnd.example", b"payload")
    assert "application/vnd.example" in refusal(artifact, LOSSY).message
    _, sink = convert(artifact, TO_OCI)
    assert sink.open("v1").content == artifact.raw


def test_an_entry_without_a_platform_has_no_place_in_a_list() -> None:
    assert "entry 1" in refusal(build_index([build_image([LAYER])]), LOSSY).message


def test_a_sparse_index_does_not_change() -> None:
    index = build_index({"linux/amd64": build_image([LAYER]), "linux/arm64": build_image([OTHER])})
    chosen = (Platform("linux", "amd64"),)
    error = refusal(index, TO_DOCKER, selection=Subset(chosen))
    assert "--index rewrite" in error.hint
    result, _ = convert(index, TO_DOCKER, selection=Subset(chosen, rewrite=True))
    assert result.root.media_type == media_type.DOCKER_LIST


def attested_index() -> Content:
    image = build_image([LAYER])
    provenance = build_image(
        [replace(LAYER, descriptor=replace(LAYER.descriptor, media_type="application/vnd.in-toto+json"))]
    )
    index = build_index({"linux/amd64": image, "unknown/unknown": provenance})
    document = index.document
    manifests = document["manifests"]
    assert isinstance(manifests, list)
    manifests[1]["annotations"] = {REFERENCE: str(image.digest)}
    raw = json.dumps(document).encode()
    return replace(index, root=Descriptor.of(raw, media_type.OCI_INDEX), raw=raw)


def test_attestations_are_a_reason_to_refuse_or_are_left_behind() -> None:
    index = attested_index()
    assert "--remove-signatures" in refusal(index, TO_DOCKER).hint
    result, sink = convert(index, replace(TO_DOCKER, leaves_attached=True))
    manifests = members(sink)["manifests"]
    assert isinstance(manifests, list)
    assert len(manifests) == 1
    assert index.parts[1].digest not in {document.digest for document in result.documents}


def test_what_is_attached_in_other_ways_is_a_reason_to_refuse_where_it_was_to_go_along() -> None:
    image = build_image([LAYER])
    store = stored(image, "v1")
    bill = build_artifact("application/vnd.example.sbom", b"sbom", subject=image.root)
    for leaf in bill.leaves:
        writer = store.ingest(leaf.descriptor)
        writer.write(leaf.data)
        writer.commit()
    store.publish(bill.root, bill.raw)
    options = CopyOptions(conversion=TO_DOCKER, referrers=True)
    with pytest.raises(CopyError, match="attached"):
        copy(store, "v1", OrderedSink(), ["v1"], options=options)
    unchanged = copy(store, "v1", OrderedSink(), ["v1"], options=replace(options, conversion=TO_OCI))
    assert [found.digest for found in unchanged.attached] == [bill.digest]


def test_a_change_is_an_error_where_digests_are_to_stay() -> None:
    image = build_image([LAYER])
    assert "preserved" in refusal(image, TO_DOCKER, preserves_digests=True).message
    assert "named by one" in refusal(image, TO_DOCKER, digest=image.digest).message


def test_nothing_moves_before_a_refusal() -> None:
    sink = OrderedSink()
    index = build_index({"linux/amd64": build_image([LAYER], annotations={"a": "b"})})
    with pytest.raises(CopyError):
        copy(stored(index, "v1"), "v1", sink, ["v1"], options=CopyOptions(conversion=TO_DOCKER))
    assert (sink.ingests, sink.order) == (0, [])


def test_the_plan_knows_the_digest_that_comes_out() -> None:
    image = build_image([LAYER])
    options = CopyOptions(conversion=TO_DOCKER)
    planned = plan(stored(image, "v1"), "v1", MemoryStore(), ["v1"], options=options)
    result, _ = convert(image, TO_DOCKER)
    assert (planned.root, planned.changes) == (result.root, result.changes)


def test_members_that_nobody_knows_survive_on_the_way_to_oci() -> None:
    image = build_image([LAYER], docker=True)
    raw = json.dumps(image.document | {"future": [1]}).encode()
    image = replace(image, root=Descriptor.of(raw, media_type.DOCKER_MANIFEST), raw=raw)
    _, sink = convert(image, TO_OCI)
    assert members(sink)["future"] == [1]
    manifest = parse_document(sink.open("v1").content)
    assert isinstance(manifest, Manifest)
    assert manifest.config.media_type == media_type.OCI_CONFIG


def test_zstd_and_v2s2_contradict_each_other() -> None:
    from oci.compression import Compression
    from oci.transfer import LayerForm

    with pytest.raises(Unsupported):
        Conversion(format=Format.DOCKER, layers=LayerForm(compression=Compression.ZSTD))
    assert Conversion(layers=LayerForm(compression=Compression.ZSTD)).target is Format.OCI
