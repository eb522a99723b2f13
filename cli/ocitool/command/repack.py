"""``ocitool repack``: what was changed in a bundle becomes a layer of a new image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.conversion import CompressionType, layer_form
from ..option.image import ImageType, takes_standard_output
from ..option.retry import Patience, retry_options
from ..option.switch import switch
from ..option.value import number
from ..output import text_bytes, write
from ..task import task, work_context
from ..view.omission import warn_of

if TYPE_CHECKING:
    from ..invocation import Invocation


@click.command("repack", cls=Command)
@click.argument("bundle", type=click.Path(file_okay=False))
@click.argument("destination", type=ImageType())
@click.option("--base", default="", metavar="IMAGE", help="Where the image is that the bundle came from.")
@click.option(
    "--compress-format", type=CompressionType(), default="gzip", help="Compress the new layer with this."
)
@number("--compress-level", text="How hard to try: 1 to 9 for gzip, 1 to 22 for zstd; 3 by default.")
@click.option("--created-by", default="", metavar="TEXT", help="What the history says of the new layer.")
@switch("-q", "--quiet", text="Show nothing but warnings and errors.")
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    bundle: str,
    destination: str,
    base: str,
    compress_format: str,
    compress_level: int | None,
    created_by: str,
    quiet: bool,
    access: Access,
    patience: Patience,
) -> None:
    """Write an image with what was changed in a bundle since it was unpacked.

    BUNDLE was made by ocitool unpack --bundle. The new image is the one that it came from, with one layer
    more; what DESTINATION has of it is not sent again. Its digest is printed on stdout. With
    SOURCE_DATE_EPOCH in the environment, nothing in it is later than that time.
    """
    import oci

    with task("repack", bundle, destination):
        settings = patience.settings(access.settings(invocation.bound_settings()))
        with interruptible(invocation.timeout_s) as token:
            repacked = oci.repack(
                bundle,
                destination,
                base=base,
                form=layer_form(compress_format, compress_level),
                created_by=created_by,
                context=work_context(settings, token),
            )
    warn_of(repacked.omissions)
    if not quiet and not takes_standard_output(destination):
        write(text_bytes(f"{repacked.copy.root.digest}\n"))
