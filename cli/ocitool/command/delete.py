"""``ocitool delete``: take an image out of a registry or a layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.image import ImageType
from ..option.retry import Patience, retry_options
from ..option.switch import switch
from ..output import remark
from ..task import task, work_context

if TYPE_CHECKING:
    from ..invocation import Invocation


@click.command("delete", cls=Command)
@click.argument("image", type=ImageType())
@switch("--only-tag", text="Remove the tag and leave the image; not every registry does that.")
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation, /, *, image: str, only_tag: bool, access: Access, patience: Patience
) -> None:
    """Delete an image from a registry or a layout.

    Registries delete manifests, by digest: a tag takes the manifest that it stands for with it, and so every
    other tag of the same manifest.
    """
    import oci

    with task("delete", image):
        settings = patience.settings(access.settings(invocation.settings()))
        with interruptible(invocation.timeout_s) as token:
            removed = oci.delete(image, only_tag=only_tag, context=work_context(settings, token))
    remark(f"deleted {image}, which was {removed.digest}")
