"""GPG's packets and the document in them: whatever arrives is read or refused, and never read two ways."""

from __future__ import annotations

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oci.errors import InvalidDocument, LimitExceeded
from oci.spec import Digest
from oci.trust.simple.packet import read_message
from oci.trust.simple.payload import Payload, parse_payload

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)
PAYLOADS = st.builds(
    Payload,
    digest=st.binary(max_size=8).map(Digest.of),
    identity=NAMES,
    creator=NAMES,
    timestamp_s=st.none() | st.integers(0, 2**53),
)
KEY_ID = bytes(range(8))


def new_packet(tag: int, body: bytes) -> bytes:
    return bytes([0xC0 | tag, 255]) + len(body).to_bytes(4, "big") + body


def old_packet(tag: int, body: bytes) -> bytes:
    return bytes([0x80 | tag << 2 | 2]) + len(body).to_bytes(4, "big") + body


def partial_packet(tag: int, body: bytes) -> bytes:
    """In pieces of a power of two, as programs write what they do not know the length of."""
    pieces = bytes([0xC0 | tag])
    while len(body) > 512:
        pieces, body = pieces + bytes([0xE9]) + body[:512], body[512:]
    return pieces + bytes([255]) + len(body).to_bytes(4, "big") + body


def message(content: bytes, write: object = new_packet) -> bytes:
    assert callable(write)
    one_pass = b"\x03\x00\x08\x16" + KEY_ID + b"\x01"
    literal = b"b\x00" + bytes(4) + content
    return bytes(write(4, one_pass) + write(11, literal) + write(2, b"\x04signature"))


@given(st.binary(max_size=300))
def test_any_bytes_are_one_message_or_refused(raw: bytes) -> None:
    try:
        read_message(raw)
    except (InvalidDocument, LimitExceeded):
        return


@given(
    st.binary(max_size=2000),
    st.sampled_from([new_packet, old_packet, partial_packet]),
    st.sampled_from([0, 1, 2]),
)
def test_what_was_framed_is_read_in_every_form(content: bytes, write: object, compression: int) -> None:
    raw = message(content, write)
    if compression:
        packer = zlib.compressobj(wbits=-15 if compression == 1 else 15)
        raw = new_packet(8, bytes([compression]) + packer.compress(raw) + packer.flush())
    found = read_message(raw)
    assert (found.literal, found.key_id) == (content, KEY_ID.hex().upper())


@given(st.binary(max_size=50), st.data())
def test_what_is_cut_off_or_goes_on_is_refused(content: bytes, data: st.DataObject) -> None:
    raw = message(content)
    with pytest.raises(InvalidDocument):
        read_message(raw[: data.draw(st.integers(0, len(raw) - 1))])
    with pytest.raises(InvalidDocument):
        read_message(raw + data.draw(st.binary(min_size=1, max_size=20)))
    with pytest.raises(InvalidDocument):
        read_message(raw + raw)


@given(PAYLOADS)
def test_what_is_written_is_read_back_and_is_what_go_would_write(payload: Payload) -> None:
    raw = payload.encode()
    assert parse_payload(raw, where="test") == payload
    assert not set(raw) & set(b"<>&")
    assert list(json.loads(raw)["critical"]) == ["identity", "image", "type"]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_refused(raw: bytes) -> None:
    try:
        parse_payload(raw, where="test")
    except InvalidDocument:
        return


@given(PAYLOADS, st.sampled_from(["critical", "image", "identity", "type"]), NAMES)
def test_a_member_that_is_there_twice_is_refused(payload: Payload, member: str, other: str) -> None:
    text = payload.encode().decode()
    twice = text.replace(f'"{member}":', f'"{member}":{json.dumps(other)},"{member}":', 1)
    with pytest.raises(InvalidDocument):
        parse_payload(twice.encode(), where="test")


@given(
    PAYLOADS,
    st.sampled_from([(), ("critical",), ("critical", "image"), ("critical", "identity")]),
    NAMES.filter(lambda name: name not in {"critical", "optional"}),
)
def test_a_member_that_nobody_knows_is_refused_where_it_decides(
    payload: Payload, path: tuple[str, ...], member: str
) -> None:
    whole = json.loads(payload.encode())
    inner = whole
    for step in path:
        inner = inner[step]
    if member in inner:
        return
    inner[member] = 1
    with pytest.raises(InvalidDocument):
        parse_payload(json.dumps(whole).encode(), where="test")


@given(PAYLOADS, st.sampled_from(["critical", "optional", "image", "identity", "type"]))
def test_a_member_that_is_missing_is_refused(payload: Payload, member: str) -> None:
    whole = json.loads(payload.encode())
    (whole if member in whole else whole["critical"]).pop(member)
    with pytest.raises(InvalidDocument):
        parse_payload(json.dumps(whole).encode(), where="test")
