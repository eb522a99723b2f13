"""Answers with manifests: the bytes are believed, and only where they are the ones asked for."""

from __future__ import annotations

import json

import pytest

from oci.errors import (
    DigestMismatch,
    InvalidDigest,
    InvalidDocument,
    LimitExceeded,
    OciError,
    UnsupportedMediaType,
)
from oci.spec import Descriptor, Digest, Manifest
from oci.spec.document import MAX_BYTES
from oci.spec.media_type import DOCKER_MANIFEST, DOCKER_SCHEMA1_SIGNED, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST
from oci.wire.manifest_answer import check_length, judge, judge_head

CONFIG = Descriptor.of(b"{}", OCI_CONFIG)
BODY = json.dumps(
    {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": CONFIG.to_json(), "layers": []}
).encode()
DIGEST = Digest.of(BODY)
OTHER = Digest.of(b"other")
WHERE = "r.example/a:v1"


def headers(kind: str = OCI_MANIFEST, **fields: str) -> dict[str, str]:
    return {"content-type": kind} | {key.replace("_", "-"): value for key, value in fields.items()}


def head(asked: str | Digest, **fields: str) -> Descriptor | None:
    known = {"content_length": str(len(BODY)), "docker_content_digest": str(DIGEST)} | fields
    return judge_head(headers(**{k: v for k, v in known.items() if v}), asked=asked, where=WHERE)


def test_a_manifest_by_tag() -> None:
    answer = judge(headers(docker_content_digest=str(DIGEST)), BODY, asked="v1", where=WHERE)
    assert answer.descriptor == Descriptor(OCI_MANIFEST, DIGEST, len(BODY))
    assert answer.content == BODY
    assert isinstance(answer.document, Manifest)


def test_a_tag_needs_no_digest_in_the_answer() -> None:
    assert judge(headers(), BODY, asked="v1", where=WHERE).descriptor.digest == DIGEST


def test_a_digest_of_the_other_algorithm_is_checked_by_it() -> None:
    wide = Digest.of(BODY, "sha512")
    answer = judge(headers(docker_content_digest=str(wide)), BODY, asked="v1", where=WHERE)
    assert answer.descriptor.digest == wide
    assert judge(headers(), BODY, asked=wide, where=WHERE).descriptor.digest == wide


def test_what_was_asked_for_by_digest_is_compared_with_that_digest() -> None:
    """The header agrees with the bytes; both are not what was asked for."""
    with pytest.raises(DigestMismatch) as caught:
        judge(headers(docker_content_digest=str(DIGEST)), BODY, asked=OTHER, where=WHERE)
    assert (caught.value.expected, caught.value.actual) == (str(OTHER), str(DIGEST))


def test_a_wrong_header_cannot_spoil_what_was_asked_for_by_digest() -> None:
    answer = judge(headers(docker_content_digest=str(OTHER)), BODY, asked=DIGEST, where=WHERE)
    assert answer.descriptor.digest == DIGEST


def test_a_tag_whose_header_names_another_document_is_refused() -> None:
    with pytest.raises(DigestMismatch):
        judge(headers(docker_content_digest=str(OTHER)), BODY, asked="v1", where=WHERE)


@pytest.mark.parametrize("text", ["sha256:../../x", "md5:0", "sha256:" + "A" * 64, "x"])
def test_a_header_with_no_valid_digest_is_refused(text: str) -> None:
    with pytest.raises(InvalidDigest):
        judge(headers(docker_content_digest=text), BODY, asked="v1", where=WHERE)


@pytest.mark.parametrize(
    "kind", [OCI_MANIFEST, f"{OCI_MANIFEST}; charset=utf-8", OCI_MANIFEST.upper(), "application/json", ""]
)
def test_a_content_type_that_leaves_no_doubt(kind: str) -> None:
    assert judge(headers(kind), BODY, asked="v1", where=WHERE).descriptor.media_type == OCI_MANIFEST


@pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_MANIFEST])
def test_a_content_type_that_disagrees_is_refused(kind: str) -> None:
    with pytest.raises(InvalidDocument):
        judge(headers(kind), BODY, asked="v1", where=WHERE)


def test_a_schema_1_manifest_is_named_as_such() -> None:
    step = {"v1Compatibility": '{"id":"1"}'}
    old = {"schemaVersion": 1, "fsLayers": [{"blobSum": str(OTHER)}], "history": [step]}
    body = json.dumps(old).encode()
    judged = judge(headers(DOCKER_SCHEMA1_SIGNED), body, asked="v1", where=WHERE)
    assert (judged.descriptor.media_type, judged.document) == (DOCKER_SCHEMA1_SIGNED, None)
    with pytest.raises(DigestMismatch):
        judge(headers(DOCKER_SCHEMA1_SIGNED), body, asked=OTHER, where=WHERE)
    with pytest.raises(InvalidDocument):
        judge(headers(DOCKER_SCHEMA1_SIGNED), BODY, asked="v1", where=WHERE)
    with pytest.raises(UnsupportedMediaType):
        judge(headers(""), b'{"schemaVersion":1,"fsLayers":[]}', asked="v1", where=WHERE)


def test_a_document_of_an_unknown_kind_is_carried() -> None:
    body = b'{"hello":1}'
    answer = judge(headers("application/vnd.example.thing.v1+json"), body, asked="v1", where=WHERE)
    assert answer.document is None
    assert answer.descriptor == Descriptor(
        "application/vnd.example.thing.v1+json", Digest.of(body), len(body)
    )


@pytest.mark.parametrize("kind", ["", "application/json", "text/html", "text/plain"])
@pytest.mark.parametrize("body", [b'{"error":"no"}', b"<html></html>", b"", b"[]"])
def test_what_nobody_called_a_manifest_is_none(kind: str, body: bytes) -> None:
    with pytest.raises(OciError):
        judge(headers(kind), body, asked="v1", where=WHERE)


def test_the_length_is_refused_before_the_body_is_read() -> None:
    check_length({"Content-Length": str(MAX_BYTES)}, where=WHERE)
    check_length({}, where=WHERE)
    check_length({"Content-Length": "nonsense"}, where=WHERE)
    with pytest.raises(LimitExceeded) as caught:
        check_length({"Content-Length": str(MAX_BYTES + 1)}, where=WHERE)
    assert (caught.value.limit, caught.value.allowed) == ("manifest_bytes", MAX_BYTES)


def test_head_tells_it_all() -> None:
    assert head("v1") == Descriptor(OCI_MANIFEST, DIGEST, len(BODY))
    assert head(DIGEST, docker_content_digest="") == Descriptor(OCI_MANIFEST, DIGEST, len(BODY))
    assert head(DIGEST, docker_content_digest=str(Digest.of(BODY, "sha512"))) is not None


@pytest.mark.parametrize(
    "fields",
    [
        {"docker_content_digest": ""},
        {"content_length": ""},
        {"content_length": "0"},
        {"content_encoding": "gzip"},
        {"kind": "application/json"},
        {"kind": "text/html"},
    ],
)
def test_head_that_leaves_doubt_has_the_document_asked_for(fields: dict[str, str]) -> None:
    assert head("v1", **fields) is None


def test_head_with_another_digest_is_refused() -> None:
    with pytest.raises(DigestMismatch):
        head(OTHER)
    with pytest.raises(InvalidDigest):
        head("v1", docker_content_digest="sha256:x")
    with pytest.raises(LimitExceeded):
        head("v1", content_length=str(MAX_BYTES + 1))
