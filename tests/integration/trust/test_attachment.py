"""What is attached to an image: written by several at once, read with limits; absent, flawed or unknown."""

from __future__ import annotations

import json
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from oci.content import Listed, MemoryStore
from oci.errors import DigestMismatch, InvalidDocument, LimitExceeded, NotFound, OciError, RegistryError
from oci.facade.place import Context, Places
from oci.settings import Security, Settings
from oci.spec import Descriptor, Manifest, parse_document
from oci.spec.attachment import cosign_tag, fallback_tag
from oci.spec.media_type import OCI_EMPTY, OCI_MANIFEST
from oci.testing import Blob, ScriptedRegistry, build_artifact, build_image, build_index, fault, layer
from oci.transports.name import ImageName
from oci.trust import Absent, Unasked
from oci.trust.attachment import (
    AttachmentLimits,
    Gathered,
    NewLayer,
    append_layers,
    attach,
    read_referrers,
    read_tag,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.content import Sink
    from oci.spec import Digest
    from oci.trust.attachment import Gathering

KIND = "application/vnd.example.thing"
IMAGE = build_image([layer({"a": b"1"})])
TAG = cosign_tag(IMAGE.digest, "sig")
WRITERS = 5


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as server:
        server.put("app", IMAGE, "v1")
        yield server


@pytest.fixture
def places() -> Iterator[Places]:
    settings = Settings(security=Security.PLAIN, retry_delay_s=0.002, attempts=2)
    with Places(Context(settings=settings)) as opened:
        yield opened


@pytest.fixture
def sink(registry: ScriptedRegistry, places: Places) -> Sink:
    return places.sink(ImageName.parse(f"docker://{registry.host}/app:v1"))


def thing(number: int) -> NewLayer:
    return NewLayer(content=b"thing %d" % number, media_type=KIND, annotations={"number": str(number)})


def is_thing(link: Descriptor) -> bool:
    return link.artifact_type == KIND


def put(sink: Sink, number: int) -> None:
    attach(
        sink,
        IMAGE.root,
        artifact_type=KIND,
        media_type=KIND,
        content=b"thing %d" % number,
        annotations={"number": str(number)},
    )


def contents(found: Gathering) -> list[bytes]:
    assert isinstance(found, Gathered)
    assert not found.flawed
    assert not found.unread
    return [each.content for each in found.attached]


def reasons(found: Gathering) -> list[OciError]:
    assert isinstance(found, Gathered)
    return [each.reason for each in found.flawed]


# ── written by several ──


def test_layers_are_added_to_those_that_are_there(sink: Sink) -> None:
    assert append_layers(sink, IMAGE.digest, "sig", [thing(1)]) == TAG
    append_layers(sink, IMAGE.digest, "sig", [thing(2), thing(1)])
    assert contents(read_tag(sink, IMAGE.digest, "sig")) == [b"thing 1", b"thing 2"]
    document = parse_document(sink.open(TAG).content)
    assert isinstance(document, Manifest)
    assert [each.annotations for each in document.layers] == [{"number": "1"}, {"number": "2"}]
    assert document.is_image


def test_what_others_have_written_into_the_manifest_stays(registry: ScriptedRegistry, sink: Sink) -> None:
    other = build_image([layer({"b": b"2"})], annotations={"theirs": "yes"})
    registry.put("app", other, TAG)
    append_layers(sink, IMAGE.digest, "sig", [thing(1)])
    document = parse_document(sink.open(TAG).content)
    assert document.annotations == {"theirs": "yes"}
    assert isinstance(document, Manifest)
    assert len(document.layers) == 2


def test_several_writers_of_a_tag_lose_nothing(registry: ScriptedRegistry) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(WRITERS) as pool:
        sinks = [other_process(stack, registry) for _ in range(WRITERS)]
        list(pool.map(lambda n: append_layers(sinks[n], IMAGE.digest, "sig", [thing(n)]), range(WRITERS)))
        assert sorted(contents(read_tag(sinks[0], IMAGE.digest, "sig"))) == [
            b"thing %d" % number for number in range(WRITERS)
        ]


def test_several_writers_of_the_fallback_index_lose_nothing(registry: ScriptedRegistry) -> None:
    registry.script(fault.no_referrers())
    with ExitStack() as stack, ThreadPoolExecutor(WRITERS) as pool:
        sinks = [other_process(stack, registry) for _ in range(WRITERS)]
        list(pool.map(lambda n: put(sinks[n], n), range(WRITERS)))
        found = read_referrers(sinks[0], IMAGE.digest, is_thing)
    assert sorted(contents(found)) == [b"thing %d" % number for number in range(WRITERS)]
    tag = fallback_tag(IMAGE.digest)
    assert all(
        "If-Match" in asked.headers or asked.headers.get("If-None-Match") == "*"
        for asked in registry.asked("PUT", f"*/manifests/{tag}")
    )


def other_process(stack: ExitStack, registry: ScriptedRegistry) -> Sink:
    places = stack.enter_context(Places(Context(settings=Settings(security=Security.PLAIN))))
    return places.sink(ImageName.parse(f"docker://{registry.host}/app:v1"))


def test_a_tag_that_moved_between_reading_and_writing_is_read_again(
    registry: ScriptedRegistry, sink: Sink
) -> None:
    append_layers(sink, IMAGE.digest, "sig", [thing(1)])
    registry.script(fault.answer(412), method="PUT", path=f"*/manifests/{TAG}", times=1)
    append_layers(sink, IMAGE.digest, "sig", [thing(2)])
    assert contents(read_tag(sink, IMAGE.digest, "sig")) == [b"thing 1", b"thing 2"]


@pytest.mark.parametrize("kind", ["memory", "layout"])
def test_places_without_conditions_keep_what_is_there_too(kind: str, places: Places, tmp_path: Path) -> None:
    sink: Sink = (
        MemoryStore() if kind == "memory" else places.sink(ImageName.parse(f"oci:{tmp_path / 'l'}:1"))
    )
    for number in range(2):
        append_layers(sink, IMAGE.digest, "att", [thing(number)])
        put(sink, number)
    assert contents(read_tag(sink, IMAGE.digest, "att")) == [b"thing 0", b"thing 1"]
    assert sorted(contents(read_referrers(sink, IMAGE.digest, is_thing))) == [b"thing 0", b"thing 1"]


def test_an_index_under_the_tag_is_left_alone(registry: ScriptedRegistry, sink: Sink) -> None:
    index = build_index([IMAGE])
    registry.put("app", index, TAG)
    with pytest.raises(InvalidDocument):
        append_layers(sink, IMAGE.digest, "sig", [thing(1)])
    assert registry.content("app", TAG) == index.raw


# ── three answers ──


def test_nothing_there_is_absent(sink: Sink) -> None:
    assert isinstance(read_tag(sink, IMAGE.digest, "sig"), Absent)
    put(sink, 1)
    assert isinstance(read_referrers(sink, IMAGE.digest, lambda link: not is_thing(link)), Absent)


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_registry_that_does_not_say_is_not_one_without(
    registry: ScriptedRegistry, sink: Sink, status: int
) -> None:
    registry.script(fault.answer(status), method="GET", path=f"*/manifests/{TAG}")
    registry.script(fault.answer(status), method="GET", path="*/referrers/*")
    for found in (read_tag(sink, IMAGE.digest, "sig"), read_referrers(sink, IMAGE.digest, is_thing)):
        assert isinstance(found, Gathered | Unasked)
        unread = found.unread if isinstance(found, Gathered) else (found,)
        assert [isinstance(each.reason, RegistryError) for each in unread] == [True]


def test_one_blob_that_cannot_be_fetched_does_not_hide_the_others(
    registry: ScriptedRegistry, sink: Sink
) -> None:
    append_layers(sink, IMAGE.digest, "sig", [thing(1), thing(2), thing(3)])
    throttled, gone = thing(1).descriptor.digest, thing(2).descriptor.digest
    registry.script(fault.answer(429), method="GET", path=f"*/blobs/{throttled}")
    registry.script(fault.answer(404), method="GET", path=f"*/blobs/{gone}")
    found = read_tag(sink, IMAGE.digest, "sig")
    assert isinstance(found, Gathered)
    assert [each.content for each in found.attached] == [b"thing 3"]
    assert [type(each.reason) for each in found.flawed] == [NotFound]
    assert len(found.unread) == 1


def test_a_blob_that_is_not_what_the_manifest_says_is_flawed(registry: ScriptedRegistry, sink: Sink) -> None:
    append_layers(sink, IMAGE.digest, "sig", [thing(1)])
    path = f"*/blobs/{thing(1).descriptor.digest}"
    registry.script(fault.answer(200, body=b"thinG 1"), method="GET", path=path)
    assert [type(each) for each in reasons(read_tag(sink, IMAGE.digest, "sig"))] == [DigestMismatch]


def test_embedded_bytes_count_only_if_they_are_the_blob() -> None:
    for data, want in ((b"thing 1", []), (b"thinG 1", [DigestMismatch])):
        good = thing(1).descriptor
        members = {**good.to_json(), "data": b64encode(data).decode()}
        store = MemoryStore()
        raw = manifest_of([members])
        store.publish(Blob.of(raw, OCI_MANIFEST).descriptor, raw, [TAG])
        assert [type(each) for each in reasons(read_tag(store, IMAGE.digest, "sig"))] == want


def manifest_of(layers: list[dict[str, object]]) -> bytes:
    config = Blob.of(b"{}", OCI_EMPTY).descriptor.to_json()
    members = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": layers}
    return json.dumps(members).encode()


# ── a listing is a hint ──


class Lying(MemoryStore):
    """A store that lists as attached what it is told to."""

    link: Descriptor

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Listed:
        return Listed((self.link,), via="api")


def test_what_is_listed_and_attached_to_something_else_is_flawed() -> None:
    other = build_image([layer({"other": b"1"})])
    for artifact in (
        build_artifact(KIND, b"moved", subject=other.root),
        build_artifact("application/vnd.example.other", b"renamed", subject=IMAGE.root),
        build_artifact(KIND, b"attached to nothing"),
    ):
        store = Lying()
        store.publish(artifact.root, artifact.raw)
        root = artifact.root
        store.link = Descriptor(root.media_type, root.digest, root.size, artifact_type=KIND)
        assert [type(e) for e in reasons(read_referrers(store, IMAGE.digest, is_thing))] == [InvalidDocument]


# ── limits ──


def test_limits_hold_before_anything_is_fetched(registry: ScriptedRegistry, sink: Sink) -> None:
    append_layers(sink, IMAGE.digest, "sig", [thing(number) for number in range(4)])
    before = len(registry.asked("GET", "*/blobs/*"))
    for limits in (AttachmentLimits(count=3), AttachmentLimits(total_bytes=27)):
        found = reasons(read_tag(sink, IMAGE.digest, "sig", limits))
        assert [type(each) for each in found] == [LimitExceeded]
    assert len(reasons(read_tag(sink, IMAGE.digest, "sig", AttachmentLimits(blob_bytes=6)))) == 4
    assert len(registry.asked("GET", "*/blobs/*")) == before
    assert len(contents(read_tag(sink, IMAGE.digest, "sig", AttachmentLimits(count=4, total_bytes=28)))) == 4


def test_a_blob_of_a_gigabyte_is_not_fetched() -> None:
    store = MemoryStore()
    raw = manifest_of([{**thing(1).descriptor.to_json(), "size": 1 << 30}])
    store.publish(Blob.of(raw, OCI_MANIFEST).descriptor, raw, [TAG])
    # The store does not have it: whoever asked for it would hear so.
    assert [type(each) for each in reasons(read_tag(store, IMAGE.digest, "sig"))] == [LimitExceeded]
