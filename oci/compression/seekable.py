"""The forms of compressed archives of which single files can be read, and how a manifest tells of them.

Both compress every file by itself and end with a table of contents, whose digest an annotation of the layer
holds. An ordinary reader sees ordinary gzip or zstd.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from .detection import Compression

if TYPE_CHECKING:
    from collections.abc import Mapping

ESTARGZ_DIGEST: Final = "containerd.io/snapshot/stargz/toc.digest"
CHUNKED_DIGEST: Final = "io.github.containers.zstd-chunked.manifest-checksum"


class SeekableForm(Enum):
    """A form; the value is its usual name."""

    ESTARGZ = "estargz"
    ZSTD_CHUNKED = "zstd:chunked"

    @property
    def compression(self) -> Compression:
        """What an ordinary reader takes it for."""
        return Compression.GZIP if self is SeekableForm.ESTARGZ else Compression.ZSTD

    @property
    def changes_diff_ids(self) -> bool:
        """Whether what a layer expands to is different from what it was."""
        return self is SeekableForm.ESTARGZ

    @classmethod
    def of(cls, annotations: Mapping[str, str]) -> SeekableForm | None:
        """Tell which form a layer has, by what the manifest says of it."""
        if CHUNKED_DIGEST in annotations:
            return cls.ZSTD_CHUNKED
        return cls.ESTARGZ if ESTARGZ_DIGEST in annotations else None
