from __future__ import annotations

import pytest

from oci.errors import InvalidValue
from oci.serving.chunked import ChunkedDecoder


def decode_in_pieces(data: bytes, size: int) -> tuple[bytes, bytes, bool]:
    """Feed a body in pieces; return the payload, what was left over, and whether the body is complete."""
    decoder = ChunkedDecoder()
    payload = b""
    for start in range(0, len(data), size):
        piece = bytearray(b"####" + data[start : start + size])  # a piece need not begin its buffer
        end, consumed = decoder.decode(piece, 4, len(piece))
        payload += piece[4:end]
        if decoder.is_complete:
            return payload, bytes(piece[consumed:]) + data[start + size :], True
    return payload, b"", False


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_payload_is_the_same_however_it_arrives(size: int) -> None:
    body = b"5\r\nhello\r\n1\r\n \r\nA;name=value\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nGET / HTTP/1.1"
    assert decode_in_pieces(body, size) == (b"hello 0123456789", b"GET / HTTP/1.1", True)


def test_a_body_without_its_last_chunk_is_not_complete() -> None:
    assert decode_in_pieces(b"5\r\nhello\r\n", 1000) == (b"hello", b"", False)


@pytest.mark.parametrize(
    "body",
    [
        b"\r\n",
        b"-1\r\n",
        b"0x5\r\nhello\r\n",
        b"+5\r\nhello\r\n",
        b"1_0\r\n",
        b"5\nhello\r\n",
        b"5\r\nhelloo\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"1234567890123456\r\n",
        b"5;" + b"x" * 5000,
        b"0\r\n" + b"A: b\r\n" * 5000,
    ],
)
@pytest.mark.parametrize("size", [1, 100_000])
def test_what_two_readers_could_read_differently_is_refused(body: bytes, size: int) -> None:
    with pytest.raises(InvalidValue, match="chunked body"):
        decode_in_pieces(body, size)
