"""Media types of layers, taken apart: family, compression, and whether registries hold such layers at all.

Sources: image-spec, media-types.md; Docker's "Image Manifest V 2, Schema 2". Docker's type for zstd was
never specified, but BuildKit writes it: it is read here and not written.
"""

from __future__ import annotations

from typing import Final

from ...compression import Compression
from ...errors import Unsupported
from ...frozen import frozen
from ...spec import media_type
from .rule import Format

_BASES: Final = {
    (Format.OCI, False): media_type.OCI_LAYER,
    (Format.OCI, True): media_type.OCI_LAYER_NONDISTRIBUTABLE,
    (Format.DOCKER, False): media_type.DOCKER_LAYER,
    (Format.DOCKER, True): media_type.DOCKER_LAYER_FOREIGN,
}
_SEPARATORS: Final = {Format.OCI: "+", Format.DOCKER: "."}
_SUFFIXES: Final = (Compression.GZIP, Compression.ZSTD)


@frozen
class LayerType:
    """What the media type of a layer says.

    Args:
        format: The family.
        compression: The compression.
        is_foreign: Whether the layer is to be had elsewhere (a foreign, or non-distributable, layer).
    """

    format: Format
    compression: Compression
    is_foreign: bool = False

    @classmethod
    def parse(cls, text: str) -> LayerType | None:
        """Take a media type apart, or return None for one that is no layer of a file system."""
        return _TYPES.get(text)

    @property
    def text(self) -> str:
        """The media type.

        Raises:
            Unsupported: There is none: Docker's family has no zstd.
        """
        if self.format is Format.DOCKER and self.compression is Compression.ZSTD:
            raise Unsupported(
                "a v2s2 image cannot have zstd layers",
                hint="compress them anew with --dest-compress-format gzip",
            )
        return _text(self)


def _text(kind: LayerType) -> str:
    base = _BASES[kind.format, kind.is_foreign]
    if kind.compression is Compression.NONE:
        return base
    return f"{base}{_SEPARATORS[kind.format]}{kind.compression.value}"


_TYPES: Final = {
    _text(kind): kind
    for family, is_foreign in _BASES
    for kind in (LayerType(family, compression, is_foreign) for compression in (Compression.NONE, *_SUFFIXES))
}
