"""What may be asked of a conversion, as values."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from ...compression import Compression, SeekableForm, check_level
from ...errors import Unsupported
from ...frozen import frozen
from ...spec import media_type

if TYPE_CHECKING:
    from pathlib import Path

    from ...spec import Descriptor


class Format(enum.Enum):
    """The family of media types that an image is written in; the value is skopeo's name for it."""

    OCI = "oci"
    DOCKER = "v2s2"

    @property
    def manifest_type(self) -> str:
        """The media type of a manifest."""
        return media_type.OCI_MANIFEST if self is Format.OCI else media_type.DOCKER_MANIFEST

    @property
    def index_type(self) -> str:
        """The media type of an index."""
        return media_type.OCI_INDEX if self is Format.OCI else media_type.DOCKER_LIST

    @property
    def config_type(self) -> str:
        """The media type of an image configuration."""
        return media_type.OCI_CONFIG if self is Format.OCI else media_type.DOCKER_CONFIG


class Extent(enum.Enum):
    """Which layers are brought into another form."""

    UNCOMPRESSED = "uncompressed"
    """Those that are not compressed at all."""
    ABSENT = "absent"
    """Those in any other form, unless the destination has them as they are."""
    ALL = "all"
    """Those in any other form."""


@frozen(kw_only=True)
class LayerForm:
    """The form that layers get.

    Args:
        compression: ``GZIP``, ``ZSTD`` or ``NONE``.
        level: How hard to try, see `oci.compression.encoding.LEVELS`; None for the usual level.
        extent: Which layers get it.
        seekable: The form in which single files can be read, or None for a stream as any other.

    Raises:
        Unsupported: There is no such form.
    """

    compression: Compression
    level: int | None = None
    extent: Extent = Extent.ALL
    seekable: SeekableForm | None = None

    def __post_init__(self) -> None:
        check_level(self.compression, self.level)
        if self.seekable is not None and self.seekable.compression is not self.compression:
            raise Unsupported(f"{self.seekable.value} is {self.seekable.compression.value} in any case")

    @property
    def changes_diff_ids(self) -> bool:
        """Whether what a layer expands to is different from what it was."""
        return self.seekable is not None and self.seekable.changes_diff_ids

    def changes(self, layer: Descriptor, compression: Compression) -> bool:
        """Tell whether a layer would get another form, wherever it is.

        Args:
            layer: The layer, with what the manifest says of it.
            compression: What it is compressed with.
        """
        if self.extent is Extent.UNCOMPRESSED:
            return compression is Compression.NONE and self.compression is not Compression.NONE
        if self.seekable is not None:
            return SeekableForm.of(layer.annotations) is not self.seekable
        return compression is not self.compression


@frozen(kw_only=True)
class Conversion:
    """What is changed on the way; nothing, unless it is said here.

    Args:
        format: The family of media types to write, or None for the one that each document has.
        layers: The form that layers get, or None to carry their bytes.
        allows_loss: Whether what the format cannot say (annotations, for example) may be left out.
        leaves_attached: Whether attestations of an image that changes are left behind; they speak of a
            digest that it does not have any more. Without, that is a reason to refuse.
        scratch: Where temporary files go, one layer in each; None for the system's usual place.

    Raises:
        Unsupported: One wish contradicts another.
    """

    format: Format | None = None
    layers: LayerForm | None = None
    allows_loss: bool = False
    leaves_attached: bool = False
    scratch: Path | None = None

    def __post_init__(self) -> None:
        if self.format is Format.DOCKER and self._needs_oci:
            form = "seekable" if self.layers is not None and self.layers.seekable else "zstd"
            raise Unsupported(
                f"a v2s2 image cannot have {form} layers", hint="choose the format oci, or gzip"
            )

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked for."""
        return self.target is None and self.layers is None

    @property
    def target(self) -> Format | None:
        """The format that documents get, or None for their own: zstd and tables need OCI, said or not."""
        return Format.OCI if self._needs_oci else self.format

    @property
    def _needs_oci(self) -> bool:
        form = self.layers
        return form is not None and (form.compression is Compression.ZSTD or form.seekable is not None)
