"""``ocitool mount``: the file system of an image in the local store, read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..option.command import Command
from ..option.local_image import LocalImageType
from ..option.switch import accepted, switch
from ..output import json_bytes, text_bytes, write
from ..store_access import wanted_image, writable_store
from ..task import task
from ..view.local_image import NONE
from ..view.table import table

if TYPE_CHECKING:
    from oci.store import ImageStore

    from ..invocation import Invocation


@click.command("mount", cls=Command)
@click.argument("images", type=LocalImageType(), metavar="[IMAGE]...", nargs=-1)
@switch("-a", "--all", "takes_all", text="Mount all images that are unpacked.")
@click.option("--format", "form", type=click.Choice(["json"]), help="List mounts as JSON.")
@accepted("--no-trunc", text="nothing is cut off.")
@click.pass_obj
def command(invocation: Invocation, /, *, images: tuple[str, ...], takes_all: bool, form: str | None) -> None:
    """Mount images of the local store read-only, and print where; without IMAGE, list those that are mounted.

    A mounted image is in use, and is not removed.
    """
    from oci.store.image import list_images
    from oci.store.mount import mount_image

    if takes_all and images:
        raise click.UsageError("name the images, or give --all")
    with task("mount", *images), writable_store(invocation) as store:
        wanted = [wanted_image(store, image)[0] for image in images]
        if takes_all:
            wanted = [image for image in list_images(store) if image.is_unpacked]
        paths = [mount_image(store, image.digest) for image in wanted]
        if paths and form is None:
            write(text_bytes("".join(f"{path}\n" for path in paths)))
            return
        rows = _mounts(store)
    if form is not None:
        keys = ("id", "Repositories", "mountpoint")
        write(json_bytes([dict(zip(keys, (ident, names, path), strict=True)) for ident, names, path in rows]))
    elif rows:
        write(text_bytes(table([(names[0] if names else NONE, path) for _, names, path in rows])))


def _mounts(store: ImageStore) -> list[tuple[str, list[str], str]]:
    from oci.store.mount import mount_point, mounted_images

    records = [store.catalogue.record(digest) for digest in mounted_images(store)]
    return [
        (
            (record.config or record.descriptor.digest).encoded,
            list(record.names),
            str(mount_point(store, record.descriptor.digest)),
        )
        for record in records
        if record is not None
    ]
