"""What is changed on the way: the options, and what they mean to the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from oci.frozen import frozen, replace

from .bundle import bundle
from .switch import switch

if TYPE_CHECKING:
    from oci.transfer import Conversion, CopyOptions, Extent, LayerForm

    from .bundle import Decorator

_SEEKABLE: Final = ("estargz", "zstd:chunked")
_REFUSED_FORMATS: Final = {
    "v2s1": "schema 1 is not written any more: it has no digests of its parts, and registries refuse it",
}


class FormatType(click.Choice[str]):
    """The name of a format; what skopeo has besides is refused with the reason."""

    def __init__(self) -> None:
        super().__init__(["oci", "v2s2"])

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the format's name."""
        if value in _REFUSED_FORMATS:
            self.fail(_REFUSED_FORMATS[str(value)], param, ctx)
        return super().convert(value, param, ctx)


class CompressionType(click.Choice[str]):
    """The name of a compression, or of a form of layers of which single files can be read."""

    def __init__(self) -> None:
        super().__init__(["gzip", "zstd", *_SEEKABLE])


def layer_form(name: str, level: int | None, extent: Extent | None = None) -> LayerForm:
    """Return the form of layers that a name of `CompressionType` stands for.

    Args:
        name: The name.
        level: How hard to try, or None.
        extent: Which layers get it; None for all.

    Raises:
        Unsupported: There is no such level.
    """
    from oci.compression import Compression, SeekableForm
    from oci.transfer import Extent, LayerForm

    seekable = SeekableForm(name) if name in _SEEKABLE else None
    compression = Compression(name) if seekable is None else seekable.compression
    return LayerForm(compression=compression, level=level, extent=extent or Extent.ALL, seekable=seekable)


@frozen(kw_only=True)
class Alteration:
    """What the options say about changes.

    Args:
        format: ``oci`` or ``v2s2``, or None.
        compress: Whether layers that are not compressed get compressed.
        compress_format: ``gzip``, ``zstd``, ``estargz`` or ``zstd:chunked`` for all layers, or None.
        compress_level: How hard to try, or None.
        force_compress_format: Whether layers in another form that the destination has do not do, either.
        decompress: Whether layers are expanded.
        allow_loss: Whether what the format cannot say may be left out.
        remove_signatures: Whether what speaks of the old digest may be left behind.
        remove_list_signatures: Whether what speaks of an index is left behind.
    """

    format: str | None
    compress: bool
    compress_format: str | None
    compress_level: int | None
    force_compress_format: bool
    decompress: bool
    allow_loss: bool
    remove_signatures: bool
    remove_list_signatures: bool

    def copy_options(self, base: CopyOptions) -> CopyOptions:
        """Return the options of a copy with these changes; raises what `conversion` does."""
        return replace(base, conversion=self.conversion(), leaves_indexes_bare=self.remove_list_signatures)

    def conversion(self) -> Conversion:
        """Return what the library is to be asked for.

        Raises:
            UsageError: The options contradict each other.
            Unsupported: There is no such level, or one wish contradicts another.
        """
        from oci.transfer import Conversion, Format

        return Conversion(
            format=None if self.format is None else Format(self.format),
            layers=self._layers(),
            allows_loss=self.allow_loss,
            leaves_attached=self.remove_signatures,
        )

    def _layers(self) -> LayerForm | None:
        from oci.compression import Compression
        from oci.transfer import Extent, LayerForm

        compresses = self.compress or self.compress_format is not None or self.compress_level is not None
        if self.decompress and compresses:
            raise click.UsageError("--dest-decompress excludes the --dest-compress options")
        if self.force_compress_format and self.compress_format is None:
            raise click.UsageError("a compression can be forced only where it is named")
        if self.decompress:
            return LayerForm(compression=Compression.NONE)
        if self.compress_format is None:
            form = LayerForm(
                compression=Compression.GZIP, level=self.compress_level, extent=Extent.UNCOMPRESSED
            )
            return form if compresses else None
        extent = Extent.ALL if self.force_compress_format else Extent.ABSENT
        return layer_form(self.compress_format, self.compress_level, extent)


def conversion_options(parameter: str) -> Decorator:
    """Declare the options.

    Args:
        parameter: The command's parameter that gets the `Alteration`.
    """
    return bundle(
        parameter,
        Alteration,
        {
            "format": click.option(
                "-f",
                "--format",
                type=FormatType(),
                help="Write manifests and media types of this family; the digest changes where that"
                " changes anything.",
            ),
            "compress": switch("--dest-compress", text="Compress layers that are not, with gzip."),
            "compress_format": click.option(
                "--dest-compress-format",
                type=CompressionType(),
                help="Compress all layers with this, but those that are there in another form.",
            ),
            "compress_level": click.option(
                "--dest-compress-level",
                type=int,
                metavar="N",
                help="How hard to try: 1 to 9 for gzip and estargz, 1 to 22 for zstd; 3 by default.",
            ),
            "force_compress_format": switch(
                "--dest-force-compress-format",
                text="With --dest-compress-format: also those that are there in another form.",
            ),
            "decompress": switch("--dest-decompress", text="Expand all layers."),
            "allow_loss": switch(
                "--allow-loss",
                text="Leave out what --format v2s2 cannot say, instead of failing.",
            ),
            "remove_signatures": switch(
                "--remove-signatures", text="Leave signatures and attestations behind."
            ),
            "remove_list_signatures": switch(
                "--remove-list-signatures",
                text="Leave those of an index behind, and take those of its images along.",
            ),
        },
    )
