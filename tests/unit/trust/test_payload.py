"""The document that simple signatures sign."""

from __future__ import annotations

import pytest

from oci.errors import InvalidDocument
from oci.spec import Digest
from oci.trust.simple.payload import Payload, parse_payload

DIGEST = Digest.of(b"x")
PAYLOAD = Payload(digest=DIGEST, identity="r.example/a&b<c>:1", creator="é 1", timestamp_s=7)


def test_it_is_written_as_go_would_write_it() -> None:
    assert PAYLOAD.encode().decode() == (
        '{"critical":{"identity":{"docker-reference":"r.example/a\\u0026b\\u003cc\\u003e:1"},'
        f'"image":{{"docker-manifest-digest":"{DIGEST}"}},"type":"atomic container signature"}},'
        '"optional":{"creator":"é 1","timestamp":7}}'
    )


def test_what_was_written_is_read() -> None:
    assert parse_payload(PAYLOAD.encode(), where="w") == PAYLOAD


@pytest.mark.parametrize(
    ("optional", "timestamp_s"),
    [("null", None), ("{}", None), ('{"timestamp": 2.0, "more": [1]}', 2), ('{"timestamp": -1}', -1)],
)
def test_what_is_optional_may_be_missing_or_unknown(optional: str, timestamp_s: int | None) -> None:
    raw = (
        Payload(digest=DIGEST, identity="x")
        .encode()
        .replace(b'"optional":{}', f'"optional":{optional}'.encode())
    )
    assert parse_payload(raw, where="w").timestamp_s == timestamp_s


@pytest.mark.parametrize(
    "raw",
    [
        b"[]",
        b"{}",
        PAYLOAD.encode()[:-1] + b',"more":1}',
        PAYLOAD.encode().replace(b'"timestamp":7', b'"timestamp":true'),
        PAYLOAD.encode().replace(b'"timestamp":7', b'"timestamp":1e400'),
        PAYLOAD.encode().replace(b'"type":', b'"Type":"x","type":'),
        PAYLOAD.encode().replace(b'{"docker-reference"', b'{"more":1,"docker-reference"'),
        PAYLOAD.encode().replace(b'{"docker-manifest-digest"', b'{"more":1,"docker-manifest-digest"'),
        PAYLOAD.encode().replace(b'"r.example', b'7,"x":"r.example'),
    ],
    ids=range(9),
)
def test_what_breaks_a_rule_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidDocument):
        parse_payload(raw, where="w")


def test_the_type_is_the_one_asked_for() -> None:
    with pytest.raises(InvalidDocument, match=r"critical\.type"):
        parse_payload(PAYLOAD.encode(), kind="cosign container image signature", where="w")
