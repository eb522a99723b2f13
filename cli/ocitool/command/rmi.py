"""``ocitool rmi``: take images out of the local store."""

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
    from oci.store import ImageStore

    from ..invocation import Invocation


@click.command("rmi", cls=Command)
@click.argument("images", type=LocalImageType(), metavar="[IMAGE]...", nargs=-1)
@switch("-a", "--all", "takes_all", text="Remove all images.")
@switch("-f", "--force", text="Remove an image by its ID though it has several names.")
@switch("-i", "--ignore", text="Pass over images that are not there.")
@switch("--no-prune", text="Leave the content where it is, for system prune.")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    images: tuple[str, ...],
    takes_all: bool,
    force: bool,
    ignore: bool,
    no_prune: bool,
) -> None:
    """Remove images from the local store: a name, and with its last name the image.

    Content that other images have too stays.
    """
    from oci.store.collection import collect
    from oci.store.image import list_images

    if takes_all == bool(images):
        raise click.UsageError("name the images, or give --all")
    with task("rmi", *images), writable_store(invocation) as store:
        wanted = [str(image.digest) for image in list_images(store)] if takes_all else images
        try:
            for text in wanted:
                write(text_bytes(_remove(store, text, is_forced=force or takes_all, ignores=ignore)))
        finally:
            if not no_prune:
                store.lease.end()
                collect(store)


def _remove(store: ImageStore, text: str, *, is_forced: bool, ignores: bool) -> str:
    from oci.errors import NotFound
    from oci.store.removal import remove_image

    try:
        image, name = wanted_image(store, text)
    except NotFound:
        if ignores:
            return ""
        raise
    removed = remove_image(store, image, name, is_forced=is_forced)
    lines = [f"Untagged: {each}\n" for each in removed.untagged]
    if removed.deleted is not None:
        lines.append(f"Deleted: {removed.deleted.encoded}\n")
    return "".join(lines)
