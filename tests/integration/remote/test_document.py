"""Publishing documents with their names, deleting them, and the fallback tags of what is attached."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.content import Listed
from oci.errors import (
    DigestMismatch,
    InvalidReference,
    Locked,
    NotFound,
    OciError,
    RegistryError,
    Unsupported,
)
from oci.spec import Descriptor, Digest, parse_document
from oci.spec.attachment import fallback_tag
from oci.testing import (
    ScriptedRegistry,
    build_artifact,
    build_image,
    fault,
    layer,
)

if TYPE_CHECKING:
    from oci.transports.remote.repository import RemoteRepository
    from tests.integration.remote.conftest import Client

IMAGE = build_image([layer({"a": b"1"})])
MANIFESTS = "*/manifests/*"
OTHER = Digest.of(b"something else")


# ── documents ──


def publish(sink: RemoteRepository, registry: ScriptedRegistry, *names: str) -> None:
    registry.put("app", IMAGE)
    sink.publish(IMAGE.root, IMAGE.raw, names)


def test_a_document_takes_one_request_for_each_name(registry: ScriptedRegistry, client: Client) -> None:
    publish(client.sink(), registry)
    publish(client.sink(), registry, "v1", "v2")
    assert [x.path.rpartition("/")[2] for x in registry.asked("PUT", MANIFESTS)] == [
        str(IMAGE.digest),
        "v1",
        "v2",
    ]
    assert {x.headers.get("Content-Type") for x in registry.exchanges} == {IMAGE.root.media_type}
    assert registry.content("app", "v2") == IMAGE.raw


def test_a_name_that_is_no_tag_sets_none(registry: ScriptedRegistry, client: Client) -> None:
    with pytest.raises(InvalidReference):
        publish(client.sink(), registry, "v1", "../v2")
    assert registry.exchanges == []


def test_a_longer_digest_and_its_names_take_one_request(registry: ScriptedRegistry, client: Client) -> None:
    image = build_image([layer({"a": b"1"}, algorithm="sha512")], algorithm="sha512")
    registry.put("app", image)
    sink = client.sink()
    sink.publish(image.root, image.raw, ["v1", "v2"])
    assert len(registry.asked("PUT", MANIFESTS)) == 1
    assert sink.open("v2") == (image.root, image.raw)
    registry.script(fault.set_header("OCI-Tag", None), path=MANIFESTS)
    sink.publish(image.root, image.raw, ["v3"])
    assert len(registry.asked("PUT", MANIFESTS)) == 3, "a registry that does not say so has not set the tag"


def test_a_document_is_put_again_when_the_registry_is_busy(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.answer(503, {"Retry-After": "0"}), method="PUT", path=MANIFESTS, times=2)
    registry.script(fault.reset(), method="PUT", path=MANIFESTS, after=2, times=1)
    publish(client.sink(), registry, "v1")
    assert registry.content("app", "v1") == IMAGE.raw


def test_a_registry_that_says_it_stored_another_document(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.set_header("Docker-Content-Digest", str(OTHER)), method="PUT", path=MANIFESTS)
    with pytest.raises(DigestMismatch):
        publish(client.sink(), registry, "v1")


def test_a_refusal_says_what_the_registry_says(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(
        fault.answer_json(400, {"errors": [{"code": "MANIFEST_INVALID", "message": "no \u001b[2J"}]}),
        method="PUT",
        path=MANIFESTS,
    )
    with pytest.raises(RegistryError) as caught:
        publish(client.sink(), registry, "v1")
    assert (caught.value.method, caught.value.status) == ("PUT", 400)
    assert caught.value.codes == ("MANIFEST_INVALID",)
    assert caught.value.message.isprintable()


def test_a_document_of_a_kind_that_nobody_knows_may_have_a_subject(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.answer(201), method="PUT")
    raw = json.dumps({"novel": 1, "subject": IMAGE.root.to_json()}).encode()
    client.sink().publish(Descriptor.of(raw, "application/vnd.example.novel+json"), raw, ["v1"])
    assert len(registry.exchanges) == 1


# ── deleting ──


def test_a_tag_and_a_document_are_deleted(registry: ScriptedRegistry, client: Client) -> None:
    registry.put("app", IMAGE, "v1", "v2")
    sink = client.sink()
    assert sink.delete("v1") == IMAGE.root
    assert list(sink.names()) == ["v2"]
    assert sink.delete(IMAGE.digest) == IMAGE.root
    with pytest.raises(NotFound):
        sink.open(IMAGE.digest)
    with pytest.raises(NotFound):
        sink.delete("v2")


@pytest.mark.parametrize("status", [400, 405])
def test_a_registry_that_deletes_no_tags_says_so(
    registry: ScriptedRegistry, client: Client, status: int
) -> None:
    registry.put("app", IMAGE, "v1")
    registry.script(fault.answer(status), method="DELETE")
    with pytest.raises(Unsupported) as caught:
        client.sink().delete("v1")
    assert "digest" in caught.value.hint
    with pytest.raises(RegistryError):
        client.sink().delete(IMAGE.digest)


# ── fallback tags ──


def listed(client: Client) -> list[str]:
    found = client.source().referrers(IMAGE.digest)
    assert isinstance(found, Listed)
    return [str(link.digest) for link in found.descriptors]


def attach(client: Client, registry: ScriptedRegistry, text: bytes = b"signed") -> Descriptor:
    artifact = build_artifact("application/vnd.example.signature", text, subject=IMAGE.root)
    registry.put("app", artifact)
    client.sink().publish(artifact.root, artifact.raw)
    return artifact.root


def test_a_registry_that_keeps_the_list_itself_gets_no_fallback_tag(
    registry: ScriptedRegistry, client: Client
) -> None:
    root = attach(client, registry)
    assert listed(client) == [str(root.digest)]
    assert len(registry.asked("*", MANIFESTS)) == 1


def test_a_registry_that_does_not_gets_one(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.no_referrers())
    roots = [attach(client, registry, text) for text in (b"1", b"2", b"2")]
    assert listed(client) == [str(roots[0].digest), str(roots[1].digest)]
    index = parse_document(registry.content("app", fallback_tag(IMAGE.digest)))
    assert [child.artifact_type for child in index.children] == ["application/vnd.example.signature"] * 2


def test_what_is_deleted_leaves_the_fallback_tag(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.no_referrers())
    roots = [attach(client, registry, text) for text in (b"1", b"2")]
    client.sink().delete(roots[0].digest)
    assert listed(client) == [str(roots[1].digest)]


def test_an_entry_that_somebody_else_s_write_took_out_is_entered_again(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.no_referrers())
    tag = fallback_tag(IMAGE.digest)
    registry.script(fault.answer(201), method="PUT", path=f"*/manifests/{tag}", times=2)
    root = attach(client, registry)
    assert listed(client) == [str(root.digest)]
    assert len(registry.asked("PUT", f"*/manifests/{tag}")) == 3


def test_others_who_never_stop_writing_are_told_of(registry: ScriptedRegistry, client: Client) -> None:
    registry.script(fault.no_referrers())
    registry.script(fault.answer(201), method="PUT", path=f"*/manifests/{fallback_tag(IMAGE.digest)}")
    with pytest.raises(Locked):
        attach(client, registry)


def test_something_else_under_the_fallback_tag_is_not_written_over(
    registry: ScriptedRegistry, client: Client
) -> None:
    registry.script(fault.no_referrers())
    registry.put("app", IMAGE, fallback_tag(IMAGE.digest))
    with pytest.raises(OciError):
        attach(client, registry)
    assert registry.content("app", fallback_tag(IMAGE.digest)) == IMAGE.raw
