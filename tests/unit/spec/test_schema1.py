"""The payload of signed schema 1 manifests, as Docker's registry computes their digest."""

from __future__ import annotations

import base64
import json

import pytest

from oci.errors import InvalidDigest, InvalidDocument
from oci.spec import Digest
from oci.spec.schema1 import MAX_LAYERS, Schema1, is_schema1, payload_digest, signed_payload

PAYLOAD = b'{\n   "schemaVersion": 1,\n   "name": "library/alpine"\n}'


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(payload: bytes, *, length: int | None = None) -> bytes:
    tail = b"\n}"
    length = len(payload) - len(tail) if length is None else length
    protected = encoded(json.dumps({"formatLength": length, "formatTail": encoded(tail)}).encode())
    signatures = json.dumps([{"header": {"alg": "ES256"}, "signature": "AA", "protected": protected}])
    return payload[: -len(tail)] + b',\n   "signatures": ' + signatures.encode() + tail


def test_the_signatures_are_taken_out_again() -> None:
    assert signed_payload(signed(PAYLOAD)) == PAYLOAD


@pytest.mark.parametrize(
    "content", [PAYLOAD, b"{}", b"", b"no json", b'{"schemaVersion":2,"signatures":[{}]}']
)
def test_anything_else_is_left_as_it_is(content: bytes) -> None:
    assert signed_payload(content) == content


@pytest.mark.parametrize("length", [-1, 100_000])
def test_a_length_outside_of_the_document_is_refused(length: int) -> None:
    with pytest.raises(InvalidDocument):
        signed_payload(signed(PAYLOAD, length=length))


def test_what_is_not_base64_is_refused() -> None:
    with pytest.raises(InvalidDocument):
        signed_payload(b'{"schemaVersion": 1, "signatures": [{"protected": "\xc3\xa4"}]}')


A, B = (str(Digest.of(text)) for text in (b"a", b"b"))
TOP: dict[str, object] = {"id": "top", "parent": "low", "architecture": "amd64"}
LOW: dict[str, object] = {"id": "low"}


def document(steps: list[tuple[str, object]], **members: object) -> bytes:
    return json.dumps(
        {
            "schemaVersion": 1,
            "fsLayers": [{"blobSum": digest} for digest, _ in steps],
            "history": [{"v1Compatibility": json.dumps(said)} for _, said in steps],
        }
        | members
    ).encode()


def test_layers_come_lowest_first() -> None:
    schema1 = Schema1.parse(document([(B, TOP), (A, LOW | {"throwaway": True})]))
    assert [(str(each.digest), each.is_empty) for each in schema1.layers] == [(A, True), (B, False)]
    assert schema1.layers[1].compatibility["architecture"] == "amd64"


def test_the_digest_leaves_the_signatures_out() -> None:
    raw = document([(A, LOW)])
    assert Schema1.parse(signed(b"{\n}".join([raw[:-1], b""])[:-3] + b"\n}")).digest.algorithm == "sha256"
    assert Schema1.parse(raw).digest == Digest.of(raw) == payload_digest(raw)


def test_steps_that_old_pushes_repeated_count_once() -> None:
    assert len(Schema1.parse(document([(B, TOP), (B, TOP), (A, LOW)])).layers) == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"[]",
        b"{}",
        document([]),
        document([(A, LOW)], schemaVersion=2),
        document([(A, LOW)], history=[]),
        document([(A, {})]),
        document([(A, {"id": 1})]),
        document([(B, TOP), (A, {"id": "other"})]),
        document([(B, TOP)]),
        document([(A, [])]),
        document([("sha256:short", LOW)]),
        document([(A, LOW)], history=[{"v1Compatibility": '{"id": "low", "id": "low"}'}]),
    ],
)
def test_what_contradicts_itself_is_refused(raw: bytes) -> None:
    with pytest.raises((InvalidDocument, InvalidDigest)):
        Schema1.parse(raw)


def test_such_documents_are_known_by_their_type_or_by_themselves() -> None:
    raw = document([(A, LOW)])
    assert is_schema1("application/vnd.docker.distribution.manifest.v1+json", b"")
    assert is_schema1("application/json", raw)
    assert not is_schema1("application/vnd.oci.image.manifest.v1+json", raw)


def test_there_is_a_limit_to_the_layers() -> None:
    last = MAX_LAYERS - 1
    steps: list[tuple[str, object]] = [(A, {"id": str(n), "parent": str(n + 1)}) for n in range(last)]
    fitting = document([*steps, (A, {"id": str(last)})])
    assert len(Schema1.parse(fitting).layers) == MAX_LAYERS
    one_more = [*steps, (A, {"id": str(last), "parent": "x"}), (A, {"id": "x"})]
    with pytest.raises(InvalidDocument, match="layers"):
        Schema1.parse(document(one_more))
