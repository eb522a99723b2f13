"""Whatever a peer sends, the parsers of a server understand it or refuse it with an error of theirs."""

from __future__ import annotations

import h11
from hypothesis import given
from hypothesis import strategies as st

from oci.errors import InvalidValue
from oci.serving.buffer import Span
from oci.serving.chunked import ChunkedDecoder
from oci.serving.head import HeadParser, RequestHead
from oci.serving.request import parse_target

HEADS = st.lists(
    st.sampled_from(
        [
            b"GET / HTTP/1.1\r\n",
            b"Host: a\r\n",
            b"Content-Length: 5\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"\r\n",
            b"\n",
        ]
    )
    | st.binary(max_size=20),
    max_size=10,
).map(b"".join)


def decode(data: bytes, cuts: list[int]) -> tuple[bytes, int] | None:
    """Decode a body cut into pieces; return the payload and the bytes consumed, or None if refused."""
    decoder, payload, consumed = ChunkedDecoder(), b"", 0
    ends = sorted({cut % (len(data) + 1) for cut in cuts} | {len(data)})
    start = 0
    for end in ends:
        piece = bytearray(data[start:end])
        try:
            payload_end, position = decoder.decode(piece, 0, len(piece))
        except InvalidValue:
            return None
        payload += piece[:payload_end]
        consumed = start + position
        if decoder.is_complete:
            return payload, consumed
        start = end
    return payload, consumed


@given(
    st.lists(st.binary(min_size=1, max_size=300)), st.binary(max_size=50), st.lists(st.integers(0, 10_000))
)
def test_a_chunked_body_comes_out_as_it_went_in(chunks: list[bytes], rest: bytes, cuts: list[int]) -> None:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    assert decode(body + rest, cuts) == (b"".join(chunks), len(body))


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_cuts_never_change_how_a_body_is_read(data: bytes, cuts: list[int]) -> None:
    whole, in_pieces = decode(data, []), decode(data, cuts)

    assert whole == in_pieces


def parse_head(data: bytes, size: int) -> RequestHead | str | None:
    parser = HeadParser(4096)
    for start in range(0, len(data), size):
        piece = bytearray(data[start : start + size])
        try:
            head = parser.feed(Span(piece, 0, len(piece)))
        except h11.RemoteProtocolError:
            return "refused"
        if head is not None:
            return head
    return None


@given(HEADS, st.integers(1, 50))
def test_heads_are_understood_or_refused_however_they_arrive(data: bytes, size: int) -> None:
    whole, in_pieces = parse_head(data, max(len(data), 1)), parse_head(data, size)
    if isinstance(whole, RequestHead):
        assert isinstance(in_pieces, RequestHead)
        assert (whole.method, whole.target, list(whole.headers)) == (
            in_pieces.method,
            in_pieces.target,
            list(in_pieces.headers),
        )
        assert "Host" in whole.headers or whole.http_version == "1.0"
        assert not {"Content-Length", "Transfer-Encoding"} <= {name for name, _ in whole.headers}
    else:
        assert whole == in_pieces


@given(st.text(max_size=100) | st.text("/%?=&.2fFeE", max_size=40).map("/".__add__))
def test_targets_are_understood_or_refused(target: str) -> None:
    try:
        path, segments, _ = parse_target(target)
    except InvalidValue:
        return
    assert path.startswith("/")
    assert len(segments) == path.count("/")
    assert all(character.isprintable() for segment in segments for character in segment)
