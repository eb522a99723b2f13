"""The payload of signed schema 1 manifests, as Docker's registry computes their digest."""

from __future__ import annotations

import base64
import json

import pytest

from oci.errors import InvalidDocument
from ocitool.schema1 import signed_payload

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
