"""The walk, the order of things, the choice of platforms, and what goes along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.content import Limits, MemoryStore, Unknown
from oci.errors import (
    Cancelled,
    CopyError,
    DigestMismatch,
    LimitExceeded,
    NotFound,
    PlatformMismatch,
    RateLimited,
)
from oci.spec import Descriptor, Index, Platform, parse_document
from oci.spec.attachment import cosign_tag
from oci.spec.media_type import DOCKER_LAYER_FOREIGN, OCI_MANIFEST
from oci.transfer import CopyOptions, Everything, Instance, Outcome, Selection, Subset, copy, plan
from oci.transfer.event import Discovered, Event, Finished, Published, Warned
from tests.unit.transfer.images import OrderedSink, UnreliableStore, add_image, add_index, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from oci.content import Attachments
    from oci.spec import Digest

AMD64 = Platform("linux", "amd64")
ARM64 = Platform("linux", "arm64")


def two_platforms(store: MemoryStore) -> Descriptor:
    shared = b"shared" * 1000
    entries = [
        add_image(store, [shared, b"a" * 5000], architecture="amd64"),
        add_image(store, [shared, b"b" * 7000], architecture="arm64"),
    ]
    return add_index(store, entries, names=("v1",))


def test_everything_arrives_children_first_and_the_name_last() -> None:
    source, sink = MemoryStore(), OrderedSink()
    root = two_platforms(source)
    events: list[Event] = []
    result = copy(source, "v1", sink, ["copied"], options=CopyOptions(listener=events.append))
    assert result.root == root
    assert sink.open("copied").content == source.open("v1").content
    assert sink.order[-1] == str(root.digest)
    assert [event for event in events if isinstance(event, Published)][-1].names == ("copied",)
    assert {event.descriptor for event in events if isinstance(event, Discovered)} == {
        *result.documents,
        *(blob.descriptor for blob in result.blobs),
    }
    assert {e.descriptor for e in events if isinstance(e, Finished)} == {b.descriptor for b in result.blobs}


def test_each_digest_is_moved_once_and_a_second_copy_moves_nothing() -> None:
    source, sink = MemoryStore(), OrderedSink()
    two_platforms(source)
    first = copy(source, "v1", sink, ["v1"])
    assert len(first.blobs) == len({blob.descriptor.digest for blob in first.blobs}) == 5
    assert first.moved == sum(blob.descriptor.size for blob in first.blobs)
    assert sink.ingests == 5
    second = copy(source, "v1", sink, ["v1"])
    assert {blob.outcome for blob in second.blobs} == {Outcome.SKIPPED}
    assert (second.moved, sink.ingests) == (0, 5)


def test_an_instance_is_copied_without_its_index() -> None:
    source, sink = MemoryStore(), OrderedSink()
    two_platforms(source)
    result = copy(source, "v1", sink, ["v1"], options=CopyOptions(selection=Instance(ARM64)))
    assert result.root.media_type == OCI_MANIFEST
    assert json.loads(sink.document(result.root))["layers"][1]["size"] == 7000


@pytest.mark.parametrize("work", [copy, plan])
@pytest.mark.parametrize(
    "selection",
    [Instance(ARM64), Subset((ARM64,)), Subset((AMD64, ARM64)), Subset((ARM64,), rewrite=True)],
    ids=["instance", "one", "two", "rewrite"],
)
def test_an_image_of_another_platform_is_refused_although_no_index_says_so(
    work: Callable[..., object], selection: Selection
) -> None:
    source, sink = MemoryStore(), OrderedSink()
    add_image(source, [b"layer"], architecture="amd64", names=("v1",))
    with pytest.raises(CopyError) as caught:
        work(source, "v1", sink, ["v1"], options=CopyOptions(selection=selection))
    cause = caught.value.__cause__
    assert isinstance(cause, PlatformMismatch)
    assert (cause.wished, cause.actual) == ("linux/arm64", "linux/amd64")
    assert sink.order == []


@pytest.mark.parametrize(
    "selection",
    [Instance(ARM64, is_strict=False), Instance(AMD64), Subset((AMD64,)), Everything()],
    ids=["usual", "instance", "subset", "everything"],
)
def test_an_image_without_an_index_is_taken_if_it_fits_or_nobody_insists(selection: Selection) -> None:
    source, events = MemoryStore(), list[Event]()
    image = add_image(source, [b"layer"], architecture="amd64", names=("v1",))
    options = CopyOptions(selection=selection, listener=events.append)
    assert copy(source, "v1", OrderedSink(), options=options).root.digest == image.digest
    assert not [event for event in events if isinstance(event, Warned)]


@pytest.mark.parametrize("work", [copy, plan])
def test_an_artifact_is_taken_for_any_platform_with_a_warning(work: Callable[..., object]) -> None:
    source, events = MemoryStore(), list[Event]()
    add_image(source, [b"chart"], names=("v1",), media_type="application/vnd.example.config")
    options = CopyOptions(selection=Instance(ARM64), listener=events.append)
    work(source, "v1", OrderedSink(), options=options)
    [warned] = [event for event in events if isinstance(event, Warned)]
    assert "taken for linux/arm64" in warned.text


def test_a_platform_that_is_not_offered_is_not_found_and_the_hint_names_the_others() -> None:
    source = MemoryStore()
    two_platforms(source)
    with pytest.raises(CopyError) as caught:
        copy(source, "v1", OrderedSink(), options=CopyOptions(selection=Instance(Platform("linux", "s390x"))))
    assert isinstance(caught.value.__cause__, NotFound)
    assert "linux/amd64, linux/arm64" in caught.value.hint


@pytest.mark.parametrize("rewrite", [False, True])
def test_a_subset_keeps_the_index_sparse_or_rewrites_it(rewrite: bool) -> None:
    source, sink = MemoryStore(), MemoryStore()
    root = two_platforms(source)
    result = copy(
        source, "v1", sink, ["v1"], options=CopyOptions(selection=Subset((AMD64,), rewrite=rewrite))
    )
    index = parse_document(sink.open("v1").content)
    assert isinstance(index, Index)
    assert (result.root == root) is not rewrite
    assert len(index.manifests) == (1 if rewrite else 2)
    assert next(entry.platform for entry in index.manifests) == AMD64
    assert len(result.documents) == 2


def test_rewriting_keeps_members_that_nobody_knows() -> None:
    source, sink = MemoryStore(), MemoryStore()
    entry = add_image(source, [b"layer"])
    raw = json.dumps(
        {"schemaVersion": 2, "future": {"x": [1]}, "manifests": [entry.to_json() | {"novel": True}]}
    ).encode()
    source.publish(parse_document(raw).descriptor, raw, ["v1"])
    copy(source, "v1", sink, ["v1"], options=CopyOptions(selection=Subset((AMD64,), rewrite=True)))
    members = json.loads(sink.open("v1").content)
    assert members["future"] == {"x": [1]}
    assert members["manifests"][0]["novel"] is True


def test_attached_things_go_along_recursively_before_the_name_is_set() -> None:
    source, sink = MemoryStore(), OrderedSink()
    image = add_image(source, [b"layer"], names=("v1",))
    bill = add_image(source, [b"sbom"], subject=image, media_type="application/vnd.example.sbom")
    signature = add_image(source, [b"sig"], subject=bill, media_type="application/vnd.example.signature")
    cosigned = add_image(source, [b"cosign"], names=(cosign_tag(image.digest, "sig"),))
    result = copy(source, "v1", sink, ["v1"], options=CopyOptions(referrers=True))
    assert {d.digest for d in result.attached} == {bill.digest, signature.digest, cosigned.digest}
    assert sink.resolve(cosign_tag(image.digest, "sig")).digest == cosigned.digest
    assert sink.order[-1] == str(image.digest)


def test_a_destination_named_by_digest_gets_that_image_or_none() -> None:
    source, sink = MemoryStore(), OrderedSink()
    image = add_image(source, [b"layer"], names=("v1",))
    other = Descriptor.of(b"other", OCI_MANIFEST).digest
    for work in (copy, plan):
        with pytest.raises(CopyError) as caught:
            work(source, "v1", sink, ["v1"], options=CopyOptions(digest=other))
        assert isinstance(caught.value.__cause__, DigestMismatch)
        assert caught.value.side == "destination"
    assert (sink.ingests, sink.order) == (0, [])
    assert copy(source, "v1", sink, ["v1"], options=CopyOptions(digest=image.digest)).root == image.bare()


class SilentAboutReferrers(MemoryStore):
    """A source whose listing of referrers is throttled."""

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        return Unknown(RateLimited("too many requests", status=429))


def test_a_throttled_listing_is_a_failure_and_not_the_absence_of_signatures() -> None:
    source, sink = SilentAboutReferrers(), OrderedSink()
    add_image(source, [b"layer"], names=("v1",))
    with pytest.raises(CopyError) as caught:
        copy(source, "v1", sink, ["v1"], options=CopyOptions(referrers=True))
    assert (caught.value.operation, caught.value.side) == ("list", "source")
    with pytest.raises(NotFound):
        sink.resolve("v1")


def test_foreign_layers_are_left_out_and_their_links_kept() -> None:
    source, sink = MemoryStore(), MemoryStore()
    config = put(source, b"{}", "application/vnd.oci.image.config.v1+json")
    layer = {**Descriptor.of(b"not here", DOCKER_LAYER_FOREIGN).to_json(), "urls": ["https://example.test/l"]}
    raw = json.dumps(
        {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config.to_json(), "layers": [layer]}
    ).encode()
    source.publish(parse_document(raw).descriptor, raw, ["v1"])
    result = copy(source, "v1", sink, ["v1"])
    assert [blob.outcome for blob in result.blobs].count(Outcome.LEFT_OUT) == 1
    assert sink.open("v1").content == raw


def test_a_document_of_an_unknown_kind_inside_an_index_is_carried_along() -> None:
    source, sink = MemoryStore(), MemoryStore()
    raw = b'{"novel": 1}'
    novel = Descriptor.of(raw, "application/vnd.example.future+json")
    source.publish(novel, raw)
    add_index(source, [novel, add_image(source, [b"layer"])], names=("v1",))
    copy(source, "v1", sink, ["v1"])
    assert sink.document(novel) == raw


def test_embedded_data_is_used_instead_of_the_source() -> None:
    source, sink = UnreliableStore(), MemoryStore()
    config = Descriptor.of(b"{}", "application/vnd.oci.image.config.v1+json")
    raw = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {**config.to_json(), "data": "e30="},
            "layers": [],
        }
    ).encode()
    source.publish(parse_document(raw).descriptor, raw, ["v1"])
    copy(source, "v1", sink, ["v1"])
    assert source.asked == []
    assert sink.exists(config)


def test_wrong_bytes_never_arrive() -> None:
    source, sink = MemoryStore(), OrderedSink()
    image = add_image(source, [b"honest"], names=("v1",))
    layer = Descriptor.of(b"honest", "x/y").digest
    source._blobs[layer] = b"forged"
    with pytest.raises(CopyError) as caught:
        copy(source, "v1", sink, ["v1"])
    assert isinstance(caught.value.__cause__, DigestMismatch)
    assert not sink.order
    assert layer not in sink._blobs
    assert image.digest not in sink._blobs


def test_too_deep_and_too_large_graphs_are_refused() -> None:
    source = MemoryStore()
    inner = add_image(source, [b"layer"])
    for level in range(4):
        inner = add_index(source, [inner], names=(f"level{level}",))
    with pytest.raises(LimitExceeded, match="index_depth"):
        copy(source, "level3", MemoryStore(), options=CopyOptions(limits=Limits(index_depth=3)))
    assert (
        copy(source, "level3", MemoryStore(), options=CopyOptions(limits=Limits(index_depth=4))).root == inner
    )
    with pytest.raises(LimitExceeded, match="graph_nodes"):
        copy(source, "level3", MemoryStore(), options=CopyOptions(limits=Limits(graph_nodes=6)))


def test_a_plan_says_what_the_copy_then_does_and_writes_nothing() -> None:
    source, sink = MemoryStore(), OrderedSink()
    two_platforms(source)
    put(sink, b"a" * 5000, "application/octet-stream")
    sink.ingests = 0
    planned = plan(source, "v1", sink, ["v1"], options=CopyOptions(selection=Everything()))
    assert (sink.ingests, sink.order) == (0, [])
    assert (planned.count(Outcome.SKIPPED), planned.size(Outcome.SKIPPED)) == (1, 5000)
    done = copy(source, "v1", sink, ["v1"])
    assert planned.size(Outcome.SENT) == done.moved
    assert {b.descriptor: b.action for b in planned.blobs} == {b.descriptor: b.outcome for b in done.blobs}
    assert planned.root == done.root


def test_cancelling_before_the_copy_moves_nothing() -> None:
    from oci.content import CancelToken

    source, sink, token = MemoryStore(), OrderedSink(), CancelToken()
    two_platforms(source)
    token.cancel()
    with pytest.raises(Cancelled):
        copy(source, "v1", sink, ["v1"], token=token)
    assert sink.order == []


def test_a_plan_counts_what_is_attached_when_it_would_go_along() -> None:
    source, sink = MemoryStore(), OrderedSink()
    image = add_image(source, [b"layer"], names=("v1",))
    add_image(source, [b"sbom"], subject=image, media_type="application/vnd.example.sbom")
    add_image(source, [b"cosign"], names=(cosign_tag(image.digest, "sig"),))
    options = CopyOptions(referrers=True)
    planned = plan(source, "v1", sink, ["v1"], options=options)
    done = copy(source, "v1", sink, ["v1"], options=options)
    assert {b.descriptor: b.action for b in planned.blobs} == {b.descriptor: b.outcome for b in done.blobs}
    assert set(planned.documents) == set(done.documents)
    assert len(plan(source, "v1", MemoryStore(), ["v1"]).documents) == 1
