"""What an image is built on: another image, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidDocument, UnsupportedMediaType
from ..frozen import frozen

if TYPE_CHECKING:
    from ..content import Source
    from ..spec import ImageConfig, Manifest


@frozen
class Base:
    """An image to build on.

    Args:
        source: Where it is; its layers are read from there when the new image is copied.
        manifest: Its manifest.
        config: Its configuration; None where it has none of a known kind.

    Raises:
        UnsupportedMediaType: It is an artifact, which has no file system.
        InvalidDocument: Its configuration does not fit its layers.
    """

    source: Source
    manifest: Manifest
    config: ImageConfig | None

    def __post_init__(self) -> None:
        where = f"{self.source.label}@{self.manifest.digest}"
        if self.config is None:
            raise UnsupportedMediaType(
                f"{where}: an artifact, which has no file system",
                media_type=self.manifest.config.media_type,
            )
        if len(self.config.diff_ids) != len(self.manifest.layers):
            raise InvalidDocument(
                f"{where}: {len(self.manifest.layers)} layers,"
                f" and {len(self.config.diff_ids)} DiffIDs in the configuration"
            )
