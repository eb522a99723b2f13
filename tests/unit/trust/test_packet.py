"""The framing of OpenPGP messages, on messages made by hand."""

from __future__ import annotations

import bz2
import zlib

import pytest

from oci.errors import InvalidDocument, LimitExceeded
from oci.trust.simple.packet import MAX_BYTES, MAX_PAYLOAD_BYTES, read_message

ONE_PASS = bytes([0xC4, 13, 3, 0, 8, 22, *range(1, 9), 1])
SIGNATURE = bytes([0xC2, 3, 4, 0, 22])


def literal(content: bytes, *, name: bytes = b"") -> bytes:
    body = b"b" + bytes([len(name)]) + name + bytes(4) + content
    return b"\xcb\xff" + len(body).to_bytes(4, "big") + body


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


MESSAGE = ONE_PASS + literal(b"hello") + SIGNATURE


def test_a_message_says_what_was_signed_and_by_which_key() -> None:
    message = read_message(MESSAGE)
    assert (message.literal, message.key_id) == (b"hello", "0102030405060708")


def test_a_signature_may_stand_before_what_it_signs() -> None:
    message = read_message(SIGNATURE + literal(b"hello"))
    assert (message.literal, message.key_id) == (b"hello", "")


@pytest.mark.parametrize(
    "packed",
    [b"\x01" + raw_deflate(MESSAGE), b"\x02" + zlib.compress(MESSAGE), b"\x03" + bz2.compress(MESSAGE)],
)
def test_a_message_may_be_compressed_once(packed: bytes) -> None:
    assert read_message(b"\xa3" + packed).literal == b"hello"
    with pytest.raises(InvalidDocument, match="not one signed message"):
        read_message(b"\xa3\x02" + zlib.compress(b"\xa3" + packed))


def test_lengths_of_every_kind_are_read() -> None:
    body = b"b\x00" + bytes(4) + b"x" * 600
    partial = b"\xcb" + b"\xe9" + body[:512] + bytes([len(body) - 512]) + body[512:]
    two = b"\xcb" + bytes([192 + ((len(body) - 192) >> 8), (len(body) - 192) & 0xFF]) + body
    old = [b"\xad" + len(body).to_bytes(2, "big") + body, b"\xae" + len(body).to_bytes(4, "big") + body]
    for framed in (partial, two, *old):
        assert read_message(ONE_PASS + framed + SIGNATURE).literal == b"x" * 600


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"-----BEGIN PGP SIGNED MESSAGE-----",
        SIGNATURE,
        literal(b"hello"),
        MESSAGE + MESSAGE,
        ONE_PASS + MESSAGE + SIGNATURE,
        MESSAGE + SIGNATURE,
        MESSAGE + b"\n",
        MESSAGE[:-1],
        bytes([0xC1, 1, 0]) + MESSAGE,
        b"\xa3\x09" + MESSAGE,
        b"\xa3\x02" + zlib.compress(MESSAGE)[:-3],
        b"\xa3\x02" + zlib.compress(MESSAGE) + MESSAGE,
        b"\xa3\x02no zlib",
        b"\xcb",
        ONE_PASS + b"\xcb\x03b\x05x" + SIGNATURE,
        ONE_PASS + literal(b"hello", name=b"a\n[GNUPG:] VALIDSIG") + SIGNATURE,
    ],
    ids=range(17),
)
def test_everything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidDocument):
        read_message(raw)


def test_what_is_too_large_is_refused_before_it_is_expanded() -> None:
    with pytest.raises(LimitExceeded):
        read_message(bytes(MAX_BYTES + 1))
    bomb = ONE_PASS + literal(bytes(MAX_PAYLOAD_BYTES * 64)) + SIGNATURE
    for packed in (b"\x02" + zlib.compress(bomb), b"\x03" + bz2.compress(bomb)):
        with pytest.raises(LimitExceeded, match="payload"):
            read_message(b"\xa3" + packed)
    with pytest.raises(LimitExceeded, match="payload"):
        read_message(ONE_PASS + literal(bytes(MAX_PAYLOAD_BYTES + 1)) + SIGNATURE)
