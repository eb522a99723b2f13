"""What a stream is compressed with, by its first bytes (RFC 1952, RFC 8878, and the formats' own magic)."""

from __future__ import annotations

from enum import Enum
from typing import Final

DETECTION_BYTES: Final = 6
"""Bytes that `detect` wants to see."""


class Compression(Enum):
    """A compression; the value is its usual name."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    XZ = "xz"
    BZIP2 = "bzip2"


_MAGIC: Final = (
    (b"\x1f\x8b", Compression.GZIP),
    (b"\x28\xb5\x2f\xfd", Compression.ZSTD),
    (b"\xfd7zXZ\0", Compression.XZ),
    (b"BZh", Compression.BZIP2),
)


def detect(head: bytes) -> Compression:
    """Name the compression of a stream.

    Args:
        head: Its first `DETECTION_BYTES`, or all of it if it has fewer.
    """
    for magic, compression in _MAGIC:
        if head.startswith(magic):
            return compression
    # A zstd stream may begin with a frame that decoders skip (RFC 8878, 3.1.2).
    if head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50:
        return Compression.ZSTD
    return Compression.NONE
