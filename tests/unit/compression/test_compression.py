"""Compressed streams: named by their first bytes, expanded in bounded pieces, never cut short unnoticed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
from typing import TYPE_CHECKING

import pytest
import zstandard

from oci.compression import Compression, detect, expanded
from oci.compression.expansion import PIECE_BYTES
from oci.compression.zstd_frame import FrameTracker
from oci.errors import InvalidDocument

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT = random.Random(1).randbytes(200_000) + bytes(3_000_000) + b"abc" * 300_000
SKIPPABLE = b"\x5a\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"hello"


def expand(raw: bytes) -> bytes:
    return b"".join(expanded(io.BytesIO(raw).read, detect(raw[:6]), where="here"))


def zstd_stream(content: bytes, *, checksum: bool = False, size: bool = True) -> bytes:
    compressor = zstandard.ZstdCompressor(write_checksum=checksum, write_content_size=size).compressobj()
    return compressor.compress(content) + compressor.flush()


WHOLE = {
    "none": CONTENT,
    "gzip": gzip.compress(CONTENT),
    "gzip members": gzip.compress(CONTENT[:7]) + gzip.compress(b"") + gzip.compress(CONTENT[7:]),
    "gzip padded": gzip.compress(CONTENT) + bytes(777),
    "gzip stored": gzip.compress(CONTENT, 0),
    "zstd": zstandard.compress(CONTENT),
    "zstd frames": zstandard.compress(CONTENT[:7]) + SKIPPABLE + zstandard.compress(CONTENT[7:]),
    "zstd skippable first": SKIPPABLE + zstandard.compress(CONTENT),
    "zstd stream": zstd_stream(CONTENT),
    "zstd checksum": zstd_stream(CONTENT, checksum=True),
    "zstd no size": zstd_stream(CONTENT, size=False),
}


@pytest.mark.parametrize("raw", WHOLE.values(), ids=list(WHOLE))
def test_a_stream_is_expanded(raw: bytes) -> None:
    assert expand(raw) == CONTENT


@pytest.mark.parametrize("name", [name for name in WHOLE if name != "none"])
def test_a_stream_that_is_cut_off_is_refused(name: str) -> None:
    # Where padding or a frame to skip ends the stream, less of that is no loss.
    raw = WHOLE[name].rstrip(b"\0")
    for end in (len(raw) - 1, len(raw) - 5, len(raw) // 2, 10):
        with pytest.raises(InvalidDocument):
            expand(raw[:end])


@pytest.mark.parametrize("raw", [b"", b"x", b"\x1f", bytes(600)])
def test_short_streams_are_what_they_are(raw: bytes) -> None:
    assert detect(raw) is Compression.NONE
    assert expand(raw) == raw


@pytest.mark.parametrize("name", ["gzip", "zstd checksum"])
def test_a_damaged_stream_is_refused(name: str) -> None:
    raw = bytearray(WHOLE[name])
    raw[len(raw) // 2] ^= 0xFF
    with pytest.raises(InvalidDocument):
        expand(bytes(raw))


@pytest.mark.parametrize("name", ["gzip", "zstd"])
def test_rubbish_after_the_end_is_refused(name: str) -> None:
    with pytest.raises(InvalidDocument):
        expand(WHOLE[name] + b"rubbish!")


@pytest.mark.parametrize(
    "raw",
    [gzip.compress(bytes(200_000_000), 9), zstandard.compress(bytes(200_000_000))],
    ids=["gzip", "zstd"],
)
def test_a_bomb_comes_out_in_bounded_pieces(raw: bytes) -> None:
    pieces = expanded(io.BytesIO(raw).read, detect(raw), where="here")
    assert all(len(next(pieces)) <= PIECE_BYTES for _ in range(20))


@pytest.mark.parametrize(
    ("compress", "kind"), [(lzma.compress, Compression.XZ), (bz2.compress, Compression.BZIP2)]
)
def test_older_compressions_are_expanded(compress: Callable[[bytes], bytes], kind: Compression) -> None:
    raw = compress(CONTENT) + compress(b"") + compress(CONTENT)
    assert detect(raw) is kind
    assert expand(raw) == expand(raw + bytes(512)) == CONTENT * 2
    for damaged in (raw[:-1], raw[: len(raw) // 3], raw[:20] + b"damage" + raw[26:], raw + b"rubbish"):
        with pytest.raises(InvalidDocument, match=kind.value):
            expand(damaged)
    bomb = compress(bytes(50_000_000))
    assert max(map(len, expanded(io.BytesIO(bomb).read, kind, where="here"))) <= PIECE_BYTES


def test_the_tracker_knows_every_boundary_and_no_other() -> None:
    frames = [
        zstandard.compress(CONTENT[:300_000]),
        SKIPPABLE,
        zstd_stream(b"x", checksum=True),
        zstandard.compress(b""),
    ]
    ends = {0} | {sum(map(len, frames[: number + 1])) for number in range(len(frames))}
    tracker, raw = FrameTracker(), b"".join(frames)
    found = {0} if tracker.at_boundary else set()
    for at in range(len(raw)):
        tracker.feed(raw[at : at + 1])
        if tracker.at_boundary:
            found.add(at + 1)
    assert found == ends
