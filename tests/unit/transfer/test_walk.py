"""Odd graphs: links that contradict each other, names upon names, signatures without end."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from oci.content import CancelToken, Limits, Listed, MemoryStore, Opened
from oci.errors import LimitExceeded, SizeMismatch
from oci.spec import Descriptor, parse_document
from oci.spec.attachment import cosign_tag
from oci.spec.media_type import OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST
from oci.transfer import CopyOptions, copy
from oci.transfer.crew import Crew
from oci.transfer.event import Event, Published
from oci.transfer.walk import Walk
from tests.unit.transfer.images import OrderedSink, add_image, add_index, put

if TYPE_CHECKING:
    from oci.content import Attachments
    from oci.content.memory import MemoryWriter
    from oci.spec import Digest


def test_a_manifest_that_is_a_layer_too_arrives_as_both() -> None:
    source, sink = MemoryStore(), OrderedSink()
    inner = add_image(source, [b"layer"])
    raw = source.document(inner)
    outer = add_image(source, [raw])
    for number, entries in enumerate(([outer, inner], [inner, outer])):
        root = add_index(source, entries, names=(f"v{number}",))
        copy(source, f"v{number}", sink, ["there"])
        assert sink.resolve(inner.digest).media_type == OCI_MANIFEST
        assert sink.exists(Descriptor.of(raw, OCI_LAYER_GZIP))
        assert sink.order[-1] == str(root.digest)


def test_links_that_give_one_digest_two_sizes_are_refused() -> None:
    source, sink = MemoryStore(), OrderedSink()
    layer = put(source, b"layer", OCI_LAYER_GZIP).to_json()
    config = put(source, b"{}", "application/vnd.oci.image.config.v1+json").to_json()
    raw = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": config,
            "layers": [layer, {**layer, "size": 6}],
        }
    ).encode()
    source.publish(parse_document(raw).descriptor, raw, ["v1"])
    with pytest.raises(SizeMismatch):
        copy(source, "v1", sink, ["there"])
    assert sink.order == []


class SlowToStart(OrderedSink):
    """Lets blobs begin only when all of them want to, and counts who is at it."""

    def __init__(self, together: int) -> None:
        super().__init__()
        self.gate = threading.Barrier(together, timeout=60)
        self.begun: list[Digest] = []

    def ingest(self, descriptor: Descriptor) -> MemoryWriter:
        """Wait for the others."""
        self.begun.append(descriptor.digest)
        self.gate.wait()
        return super().ingest(descriptor)


def test_one_digest_is_one_task_however_many_links_lead_to_it() -> None:
    source, sink = MemoryStore(), SlowToStart(together=4)
    images = [add_image(source, [b"shared", b"a"], architecture="amd64")]
    images.append(add_image(source, [b"shared", b"a", b"shared"], architecture="arm64"))
    add_index(source, images, names=("v1",))
    copy(source, "v1", sink, ["there"])
    assert len(sink.begun) == len(set(sink.begun)) == 4


def test_one_document_under_two_cosign_tags_keeps_both() -> None:
    source, sink = MemoryStore(), OrderedSink()
    image = add_image(source, [b"layer"], names=("v1",))
    tags = [cosign_tag(image.digest, suffix) for suffix in ("sig", "att")]
    attached = add_image(source, [b"both"], names=tuple(tags))
    result = copy(source, "v1", sink, ["v1"], options=CopyOptions(referrers=True))
    assert [link.digest for link in result.attached] == [attached.digest]
    assert [sink.resolve(tag).digest for tag in tags] == [attached.digest] * 2


def test_a_cosign_tag_that_leads_to_what_is_there_is_kept() -> None:
    source, sink = MemoryStore(), OrderedSink()
    image = add_image(source, [b"layer"])
    other = add_image(source, [b"other"])
    add_index(source, [image, other], names=("v1",))
    tag = cosign_tag(image.digest, "sig")
    source.publish(other.bare(), source.document(other), [tag])
    result = copy(source, "v1", sink, ["v1"], options=CopyOptions(referrers=True))
    assert result.attached == ()
    assert sink.resolve(tag).digest == other.digest


def test_what_is_attached_to_the_images_of_an_attached_index_goes_along() -> None:
    source, sink = MemoryStore(), OrderedSink()
    image = add_image(source, [b"layer"], names=("v1",))
    inner = add_image(source, [b"inner"])
    raw = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [inner.to_json()],
            "subject": image.bare().to_json(),
        }
    ).encode()
    source.publish(parse_document(raw).descriptor, raw)
    signature = add_image(source, [b"sig"], subject=inner, media_type="application/vnd.example.signature")
    result = copy(source, "v1", sink, ["v1"], options=CopyOptions(referrers=True))
    assert signature.digest in {link.digest for link in result.attached}


def test_the_root_is_published_once_more_only_for_its_names() -> None:
    source = MemoryStore()
    image = add_image(source, [b"layer"], names=("v1",))
    for names in ([], ["there"]):
        events: list[Event] = []
        options = CopyOptions(referrers=True, listener=events.append)
        copy(source, image.digest, MemoryStore(), names, options=options)
        published = [event.names for event in events if isinstance(event, Published)]
        assert published == [(), *([("there",)] if names else [])]


class EndlessSignatures(MemoryStore):
    """A source that makes up a signature for everything that it is asked about."""

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Sign whatever it is."""
        subject = Descriptor(OCI_MANIFEST, digest, 2)
        link = add_image(self, [str(digest).encode()], subject=subject, media_type="application/x-signature")
        return Listed((link,), via="api")


def test_signatures_of_signatures_without_end_are_cut_off() -> None:
    source, sink = EndlessSignatures(), OrderedSink()
    add_image(source, [b"layer"], names=("v1",))
    options = CopyOptions(referrers=True, limits=Limits(referrers=20))
    with pytest.raises(LimitExceeded, match="referrers"):
        copy(source, "v1", sink, ["v1"], options=options)
    assert list(sink.names()) == []


def test_a_root_that_is_refused_ends_the_crew_that_waits_for_it() -> None:
    source, before = MemoryStore(), set(threading.enumerate())
    crew = Crew(2, CancelToken())
    walk = Walk(source, crew, Nowhere(), Limits(graph_nodes=1), lambda _: None)
    for name in ("v1", "v2"):
        image = add_image(source, [name.encode()])
        walk.root(Opened(image, source.document(image)))
    with pytest.raises(LimitExceeded, match="graph_nodes"):
        crew.wait()
    left = set(threading.enumerate()) - before
    assert [thread.name for thread in left if thread.name.startswith("oci")] == []


@pytest.mark.parametrize("named_first", [True, False])
def test_a_child_that_is_named_too_is_delivered_under_its_name(named_first: bool) -> None:
    source, delivery, crew = MemoryStore(), Remembering(), Crew(1, CancelToken())
    image = add_image(source, [b"layer"])
    index = add_index(source, [image])
    roots = [(image, ("sha256-1.sig",)), (index, ())]
    walk = Walk(source, crew, delivery, Limits(), lambda _: None)
    for root, names in roots if named_first else reversed(roots):
        walk.root(Opened(root, source.document(root)), names)
    crew.wait()
    assert (image.digest, ("sha256-1.sig",)) in delivery.documents
    assert [digest for digest, _ in delivery.documents].count(index.digest) == 1


class Remembering:
    """Remembers what is delivered, in order."""

    def __init__(self) -> None:
        self.documents: list[tuple[Digest, tuple[str, ...]]] = []

    def blob(self, descriptor: Descriptor) -> None:
        """Forget it."""

    def document(self, opened: Opened, names: tuple[str, ...]) -> None:
        """Remember it."""
        self.documents.append((opened.descriptor.digest, names))


class Nowhere:
    """Takes nothing anywhere."""

    def blob(self, descriptor: Descriptor) -> None:
        """Forget it."""

    def document(self, opened: Opened, names: tuple[str, ...]) -> None:
        """Forget it."""
