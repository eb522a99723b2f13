"""Reading: what a name stands for, documents, blobs and parts of them, from registries of all kinds."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from oci.content import Limits
from oci.errors import (
    Cancelled,
    ConnectionBroken,
    DigestMismatch,
    InvalidDigest,
    InvalidDocument,
    InvalidReference,
    LimitExceeded,
    NotFound,
    OciError,
    RateLimited,
    RegistryError,
    SizeMismatch,
    Stalled,
    Unsupported,
)
from oci.frozen import replace
from oci.spec import Descriptor, Digest
from oci.spec.media_type import OCI_INDEX, OCI_MANIFEST
from oci.testing import build_image, build_index, fault, random_layer
from tests.integration.tap import Tap

if TYPE_CHECKING:
    from oci.content import ByteStream
    from oci.testing import Fault, ScriptedRegistry
    from tests.integration.remote.conftest import Client, MakeClient

LAYER = random_layer(300_000)
IMAGE = build_image([LAYER])
BLOB = LAYER.descriptor
MANIFESTS, BLOBS = "*/manifests/*", "*/blobs/*"
OTHER = Digest.of(b"something else")


@pytest.fixture(autouse=True)
def image(registry: ScriptedRegistry) -> None:
    registry.put("app", IMAGE, "v1")


def drained(stream: ByteStream) -> bytes:
    content, buffer = bytearray(), memoryview(bytearray(70_000))
    try:
        while count := stream.readinto(buffer):
            content += buffer[:count]
    finally:
        stream.close()
    return bytes(content)


def test_a_tag_is_resolved_with_one_request_and_opened_with_one(
    registry: ScriptedRegistry, client: Client
) -> None:
    source = client.source()
    assert source.resolve("v1") == IMAGE.root
    assert source.open("v1") == (IMAGE.root, IMAGE.raw)
    assert source.open(IMAGE.digest) == (IMAGE.root, IMAGE.raw)
    assert [str(x).partition(" ->")[0] for x in registry.exchanges] == [
        "HEAD /v2/app/manifests/v1",
        "GET /v2/app/manifests/v1",
        f"GET /v2/app/manifests/{IMAGE.digest}",
    ]
    accept = registry.exchanges[0].headers.get("Accept")
    assert OCI_INDEX in accept
    assert "docker" in accept


def test_no_name_is_latest_and_an_empty_one_is_none(registry: ScriptedRegistry, client: Client) -> None:
    registry.put("app", IMAGE, "latest")
    assert client.source().open(None) == (IMAGE.root, IMAGE.raw)
    with pytest.raises(InvalidReference):
        client.source().open("")


@pytest.mark.parametrize("name", ["../v1", "a/b", "v1?x=1", "%2e%2e", "v1\n", ".."])
def test_a_name_that_is_no_tag_never_becomes_a_path(
    registry: ScriptedRegistry, client: Client, name: str
) -> None:
    with pytest.raises(InvalidReference):
        client.source().open(name)
    assert registry.exchanges == []


@pytest.mark.parametrize("status", [405, 500, 501])
def test_a_registry_that_fails_on_head_is_not_sent_one_again(
    registry: ScriptedRegistry, client: Client, status: int
) -> None:
    rule = registry.script(fault.answer(status), method="HEAD")
    source = client.source()
    assert source.resolve("v1") == IMAGE.root
    heads = rule.hits
    assert source.resolve("v1") == IMAGE.root
    assert source.exists(BLOB)
    assert not source.exists(Descriptor.of(b"absent", "x/y"))
    assert rule.hits == heads
    assert registry.asked("GET", BLOBS)[0].headers.get("Range") == "bytes=0-0"


def test_a_throttled_head_is_worth_a_get(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.answer(429), method="HEAD")
    assert client.source().resolve("v1") == IMAGE.root


def test_a_head_that_does_not_tell_the_digest_is_followed_by_a_get(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.set_header("Docker-Content-Digest", None), path=MANIFESTS)
    assert client.source().resolve("v1") == IMAGE.root


def test_what_is_not_there_is_not_found_and_not_asked_for_again(
    registry: ScriptedRegistry, client: Client
) -> None:
    with pytest.raises(NotFound) as caught:
        client.source().resolve("v2")
    assert caught.value.name == "v2"
    with pytest.raises(NotFound):
        client.source("nowhere").open("v1")
    absent = Descriptor.of(b"absent", "x/y")
    assert not client.source().exists(absent)
    with pytest.raises(NotFound):
        client.source().stream(absent)
    assert len(registry.exchanges) == 4


@pytest.mark.parametrize("method", ["resolve", "open"])
def test_another_document_than_the_digest_asked_for_is_refused(
    registry: ScriptedRegistry, client: Client, method: str
) -> None:
    registry.script(fault.replace_body(b'{"schemaVersion":2}'), method="GET", path=MANIFESTS)
    registry.script(fault.set_header("Docker-Content-Digest", str(OTHER)), path=MANIFESTS)
    with pytest.raises(DigestMismatch):
        getattr(client.source(), method)(IMAGE.digest)
    with pytest.raises(DigestMismatch):
        client.source().document(IMAGE.root)


def test_a_document_of_another_size_than_its_link_says_is_refused(client: Client) -> None:
    with pytest.raises(SizeMismatch):
        client.source().document(replace(IMAGE.root, size=len(IMAGE.raw) + 1))


def test_a_digest_in_an_answer_that_is_none_is_refused(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.set_header("Docker-Content-Digest", "sha256:../../etc"), path=MANIFESTS)
    with pytest.raises(InvalidDigest):
        client.source().open("v1")


BOTH = {
    "schemaVersion": 2,
    "mediaType": OCI_MANIFEST,
    "config": IMAGE.leaves[0].descriptor.to_json(),
    "layers": [],
    "manifests": [IMAGE.root.to_json()],
}


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (json.dumps(BOTH).encode(), OCI_MANIFEST),
        (json.dumps(BOTH).encode(), OCI_INDEX),
        (IMAGE.raw, OCI_INDEX),
        (IMAGE.raw.replace(b'"config"', b'"config":{},"config"'), OCI_MANIFEST),
        (
            b'{"schemaVersion":2,"mediaType":"' + OCI_MANIFEST.encode() + b'","layers":' + b"[" * 9000,
            OCI_MANIFEST,
        ),
        (b"<html>log in here</html>", OCI_MANIFEST),
    ],
    ids=["both", "both-as-index", "other-type", "key-twice", "deep", "page"],
)
def test_a_document_that_contradicts_itself_is_refused(
    registry: ScriptedRegistry, client: Client, raw: bytes, kind: str
) -> None:
    registry.script(fault.answer(200, {"Content-Type": kind}, raw), method="GET", path=MANIFESTS)
    with pytest.raises(InvalidDocument):
        client.source().open("v1")


def test_a_wrong_content_type_is_harmless_or_refused(registry: ScriptedRegistry, client: Client) -> None:
    rule = registry.script(fault.set_header("Content-Type", "text/html"), path=MANIFESTS)
    assert client.source().open("v1") == (IMAGE.root, IMAGE.raw), "the document says itself what it is"
    registry.unscript(rule)
    kind = "application/vnd.docker.distribution.manifest.v1+prettyjws"
    registry.script(fault.set_header("Content-Type", kind), path=MANIFESTS)
    with pytest.raises(InvalidDocument):
        client.source().open("v1")


def test_a_manifest_over_its_limit_is_not_read(registry: ScriptedRegistry, make_client: MakeClient) -> None:
    limits = Limits(manifest_bytes=len(IMAGE.raw))
    assert make_client(registry, limits=limits).source().open("v1").content == IMAGE.raw
    limits = Limits(manifest_bytes=len(IMAGE.raw) - 1)
    with pytest.raises(LimitExceeded) as caught:
        make_client(registry, limits=limits).source().open("v1")
    assert caught.value.limit == "manifest_bytes"


def test_a_blob_comes_whole_in_part_and_verified(registry: ScriptedRegistry, client: Client) -> None:
    source = client.source()
    assert drained(source.stream(BLOB)) == LAYER.data
    assert drained(source.stream(BLOB, 100)) == LAYER.data[100:]
    assert drained(source.stream(BLOB, 100, 50)) == LAYER.data[100:150]
    with source.fetch(BLOB) as reader:
        assert reader.read(limit=BLOB.size) == LAYER.data
    ranges = [x.headers.get("Range") for x in registry.asked("GET", BLOBS)]
    assert ranges == ["", "bytes=100-", "bytes=100-149", ""]


def test_a_blob_of_another_size_is_not_the_one_that_was_meant(
    registry: ScriptedRegistry, client: Client
) -> None:
    source = client.source()
    for size in (BLOB.size - 1, BLOB.size + 1):
        other = replace(BLOB, size=size)
        assert not source.exists(other)
        with pytest.raises(SizeMismatch):
            source.stream(other)
        with pytest.raises(SizeMismatch):
            source.stream(other, 5)


def test_a_length_of_encoded_content_says_nothing(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.set_header("Content-Encoding", "gzip"), method="HEAD", path=BLOBS)
    assert client.source().exists(replace(BLOB, size=BLOB.size + 1))


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("short", fault.cut(100_000)),
        ("reset", fault.cut(100_000, by_reset=True)),
    ],
)
def test_a_body_that_breaks_off_is_no_body(
    registry: ScriptedRegistry, client: Client, name: str, script: Fault
) -> None:
    registry.script(script, method="GET", path=BLOBS)
    with client.source().fetch(BLOB) as reader, pytest.raises(ConnectionBroken):
        reader.read(limit=BLOB.size)


def test_a_body_with_another_content_fails_at_its_end(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.corrupt(BLOB.size - 1), method="GET", path=BLOBS)
    with client.source().fetch(BLOB) as reader, pytest.raises(DigestMismatch):
        reader.read(limit=BLOB.size)


def test_a_body_longer_than_promised_is_refused(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.replace_body(LAYER.data + b"!"), method="GET", path=BLOBS)
    with pytest.raises(SizeMismatch):
        client.source().stream(BLOB)


def test_a_registry_that_stalls_is_given_up(registry: ScriptedRegistry, make_client: MakeClient) -> None:
    rule = registry.script(fault.stall(1000), method="GET", path=BLOBS)
    source = make_client(registry, idle_timeout_s=0.1).source()
    while not rule.hits:  # under load, what comes before the blob may be too slow for it as well
        with pytest.raises(Stalled), source.fetch(BLOB) as reader:
            reader.read(limit=BLOB.size)


@pytest.mark.parametrize("after_bytes", [None, 1000])
def test_a_stalled_read_ends_when_it_is_cancelled(
    registry: ScriptedRegistry, client: Client, after_bytes: int | None
) -> None:
    rule = registry.script(fault.stall(after_bytes), method="GET", path=BLOBS)
    failures: list[OciError] = []

    def read() -> None:
        try:
            drained(client.source().stream(BLOB))
        except OciError as error:
            failures.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    rule.wait()
    client.token.cancel()
    thread.join(60)
    assert [type(failure) for failure in failures] == [Cancelled]


def test_a_200_to_a_range_is_not_taken_for_the_range(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.ignore_range(), method="GET", path=BLOBS)
    source = client.source()
    with pytest.raises(Unsupported):
        source.stream(BLOB, 100)
    asked = len(registry.exchanges)
    with pytest.raises(Unsupported):
        source.stream(BLOB, 200, 5)
    assert len(registry.exchanges) == asked, "it is known by now"
    assert drained(source.stream(BLOB)) == LAYER.data


@pytest.mark.parametrize("status", [206, 416])
def test_an_answer_about_a_range_that_nobody_asked_for_is_no_blob(
    registry: ScriptedRegistry, client: Client, status: int
) -> None:
    registry.script(fault.set_status(status), method="GET", path=BLOBS)
    with pytest.raises(RegistryError) as caught:
        client.source().stream(BLOB)
    assert (caught.value.status, caught.value.method) == (status, "GET")


def test_another_range_than_the_one_asked_for_is_not_used(registry: ScriptedRegistry, client: Client) -> None:
    field = f"bytes 101-150/{BLOB.size}"
    registry.script(fault.set_header("Content-Range", field), method="GET", path=BLOBS)
    with pytest.raises(Unsupported):
        client.source().stream(BLOB, 100, 50)


def test_429_for_a_while_is_waited_out(registry: ScriptedRegistry, client: Client) -> None:
    rule = registry.script(fault.answer(429, {"Retry-After": "0"}), times=3)
    assert client.source().open("v1").content == IMAGE.raw
    assert rule.hits == 3


def test_429_without_end_is_given_up(registry: ScriptedRegistry, client: Client) -> None:
    rule = registry.script(
        fault.answer_json(429, {"errors": [{"code": "TOOMANYREQUESTS"}]}, {"Retry-After": "0"})
    )
    with pytest.raises(RateLimited) as caught:
        client.source().open("v1")
    assert rule.hits == client.session.settings.attempts
    assert caught.value.codes == ("TOOMANYREQUESTS",)
    assert caught.value.retry_after_s == 0


def test_an_index_that_is_its_own_child_cannot_be_forged(registry: ScriptedRegistry, client: Client) -> None:
    index = build_index({"linux/amd64": IMAGE})
    own = json.loads(index.raw)
    own["manifests"][0]["digest"] = str(index.digest)
    raw = json.dumps(own).encode()
    registry.script(
        fault.answer(200, {"Content-Type": OCI_INDEX, "Docker-Content-Digest": str(index.digest)}, raw),
        method="GET",
        path=MANIFESTS,
    )
    with pytest.raises(DigestMismatch):
        client.source().open("v1")


def test_connections_are_used_again(registry: ScriptedRegistry, client: Client) -> None:
    with Tap(registry.host) as tap:
        source, sink = client.source(host=tap.host), client.sink("other", tap.host)
        for _ in range(5):
            source.resolve("v1")
            source.open("v1")
            assert drained(source.stream(BLOB)) == LAYER.data
            assert not sink.exists(BLOB)
        assert len(registry.exchanges) == 20
        assert tap.connections == 1
        client.session.shared.close()
