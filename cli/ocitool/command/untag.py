"""``ocitool untag``: take names of an image in the local store away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..option.command import Command
from ..option.local_image import LocalImageType
from ..store_access import wanted_image, writable_store
from ..task import task

if TYPE_CHECKING:
    from ..invocation import Invocation


@click.command("untag", cls=Command)
@click.argument("image", type=LocalImageType())
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.pass_obj
def command(invocation: Invocation, /, *, image: str, names: tuple[str, ...]) -> None:
    """Take names of an image in the local store away, all of them where none is given; the image stays."""
    from oci.errors import NotFound
    from oci.store.removal import take_names

    with task("untag", image), writable_store(invocation) as store:
        found, _ = wanted_image(store, image)
        taken = []
        for text in names:
            other, name = wanted_image(store, text)
            if other.digest != found.digest or name is None:
                raise NotFound(f"{text} is no name of image {found.image_id.short}", name=text)
            taken.append(name)
        take_names(store, taken or found.tags)
