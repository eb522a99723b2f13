"""``ocitool tag``: a further name for an image in the local store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..option.command import Command
from ..option.local_image import LocalImageType
from ..store_access import new_name, wanted_image, writable_store
from ..task import task

if TYPE_CHECKING:
    from ..invocation import Invocation


@click.command("tag", cls=Command)
@click.argument("image", type=LocalImageType())
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.pass_obj
def command(invocation: Invocation, /, *, image: str, names: tuple[str, ...]) -> None:
    """Give an image in the local store further names.

    A name without a registry is one of this host: app is localhost/app:latest.
    """
    from oci.store.removal import give_names

    with task("tag", image), writable_store(invocation) as store:
        found, _ = wanted_image(store, image)
        give_names(store, found, [new_name(name) for name in names])
