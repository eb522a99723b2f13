"""Compressing: others read it, and nothing but content and level decides what comes out."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest
import zstandard

from oci.compression import Compression, encoder
from oci.compression.gzip_block import BLOCK_BYTES
from oci.errors import Unsupported

WORDS = b"".join(random.Random(7).choices([b"usr ", b"lib ", b"share ", b"python3 ", b"\0" * 50], k=700_000))
assert len(WORDS) > 3 * BLOCK_BYTES


def encoded(
    content: bytes,
    compression: Compression,
    level: int | None = None,
    *,
    threads: int = 2,
    piece: int = 1 << 20,
) -> bytes:
    with encoder(compression, level, threads=threads) as compressor:
        parts = [compressor.compress(content[at : at + piece]) for at in range(0, len(content), piece)]
        return b"".join([*parts, compressor.finish()])


SIZES = [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES, len(WORDS)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("level", [None, 1, 2, 3, 4, 6, 9])
def test_any_decoder_reads_gzip_as_one_member(size: int, level: int | None) -> None:
    content = encoded(WORDS[:size], Compression.GZIP, level)
    decoder = zlib.decompressobj(31)
    assert decoder.decompress(content) == WORDS[:size]
    assert (decoder.eof, decoder.unused_data) == (True, b"")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("level", [None, 1, 3, 9])
def test_any_decoder_reads_zstd_as_one_frame(size: int, level: int | None) -> None:
    content = encoded(WORDS[:size], Compression.ZSTD, level)
    decoder = zstandard.ZstdDecompressor().decompressobj()
    assert decoder.decompress(content) == WORDS[:size]
    assert decoder.unused_data == b""
    assert zstandard.get_frame_parameters(content).has_checksum


@pytest.mark.parametrize("compression", [Compression.GZIP, Compression.ZSTD])
@pytest.mark.parametrize("level", [2, 5])
def test_neither_threads_nor_pieces_leave_a_trace(compression: Compression, level: int) -> None:
    variants = {
        encoded(WORDS, compression, level, threads=threads, piece=piece)
        for threads in (1, 2, 5)
        for piece in (1 << 20, 300_001)
    }
    assert len(variants) == 1


def test_blocks_cost_next_to_nothing() -> None:
    assert len(encoded(WORDS, Compression.GZIP, 6)) < 1.01 * len(gzip.compress(WORDS, 6))


def test_a_higher_level_makes_less_of_it() -> None:
    for compression, levels in ((Compression.GZIP, (1, 6, 9)), (Compression.ZSTD, (1, 6, 12))):
        sizes = [len(encoded(WORDS, compression, level)) for level in levels]
        assert sizes == sorted(sizes, reverse=True)


def test_bytes_as_they_are() -> None:
    assert encoded(WORDS, Compression.NONE) == WORDS


@pytest.mark.parametrize(
    ("compression", "level"),
    [
        (Compression.XZ, None), (Compression.BZIP2, 1), (Compression.GZIP, 0), (Compression.GZIP, 10),
        (Compression.ZSTD, 23), (Compression.ZSTD, 0), (Compression.NONE, 1),
    ],
)  # fmt: skip
def test_what_there_is_not_is_refused(compression: Compression, level: int | None) -> None:
    with pytest.raises(Unsupported):
        encoder(compression, level)


def test_giving_up_half_way_ends_the_threads() -> None:
    import threading

    before = threading.active_count()
    with pytest.raises(KeyError), encoder(Compression.GZIP, 9) as compressor:
        compressor.compress(WORDS)
        raise KeyError
    assert threading.active_count() == before
