"""``ocitool cat``: a file of an image on stdout, without the rest where its layers allow that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.file import UNVERIFIED, LookOptions, look_options
from ..option.image import ImageType
from ..option.retry import Patience, retry_options
from ..output import remark, write
from ..task import task, work_context

if TYPE_CHECKING:
    from ..invocation import Invocation


@click.command("cat", cls=Command)
@click.argument("image", type=ImageType())
@click.argument("path")
@look_options("look")
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    path: str,
    look: LookOptions,
    access: Access,
    patience: Patience,
) -> None:
    """Print a file of an image.

    Of a layer with a table of contents (eStargz, zstd:chunked), only the table and the file are read, and
    checked. Any other layer is read to its end and checked before anything is printed.
    """
    import oci

    with task("cat", image):
        settings = look.settings(invocation, patience.settings(access.settings(invocation.bound_settings())))
        with (
            interruptible(invocation.timeout_s) as token,
            oci.open_file(
                image,
                path,
                platform=look.platform,
                allows_unverified=look.allow_unverified,
                context=work_context(settings, token),
            ) as file,
        ):
            for piece in file.content():
                write(piece)
            if not file.is_verified:
                remark(UNVERIFIED)
