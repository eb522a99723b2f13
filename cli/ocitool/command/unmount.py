"""``ocitool unmount``: take the mounts of images away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..option.command import Command
from ..option.local_image import LocalImageType
from ..option.switch import switch
from ..output import text_bytes, write
from ..store_access import wanted_image, writable_store
from ..task import task

if TYPE_CHECKING:
    from ..invocation import Invocation


@click.command("unmount", cls=Command)
@click.argument("images", type=LocalImageType(), metavar="[IMAGE]...", nargs=-1)
@switch("-a", "--all", "takes_all", text="Take all mounts away.")
@click.pass_obj
def command(invocation: Invocation, /, *, images: tuple[str, ...], takes_all: bool) -> None:
    """Take the mounts of images away, and print the images' IDs."""
    from oci.errors import NotFound
    from oci.store.mount import mounted_images, unmount_image

    if takes_all == bool(images):
        raise click.UsageError("name the images, or give --all")
    with task("unmount", *images), writable_store(invocation) as store:
        wanted = [str(digest) for digest in mounted_images(store)] if takes_all else images
        for text in wanted:
            found, _ = wanted_image(store, text)
            if not unmount_image(store, found.digest):
                raise NotFound(f"{text} is not mounted", name=text)
            write(text_bytes(f"{found.image_id.encoded}\n"))
