"""``ocitool images``: what is in the local store, in podman's columns."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import click

from ..option.command import Command
from ..option.image_filter import ImageFilter, created_s, filter_option, matches_reference
from ..option.switch import accepted, switch
from ..output import json_bytes, text_bytes, write
from ..store_access import readable_store
from ..task import task
from ..template import render_table
from ..view.local_image import id_text, image_objects, image_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oci.store import ImageStore
    from oci.store.image import LocalImage

    from ..go_value import Struct
    from ..invocation import Invocation

_TABLE: Final = ("Repository", "Tag", "ID", "Created", "Size")
_SORTS: Final[dict[str, Callable[[Struct], str]]] = {
    "id": lambda row: _cell(row, "ID"),
    "repository": lambda row: f"{_cell(row, 'Repository')} {_cell(row, 'Tag')}",
    "tag": lambda row: _cell(row, "Tag"),
}


@click.command("images", cls=Command)
@click.argument("name", required=False, metavar="[IMAGE]")
@switch("-a", "--all", "also_inner", text="Show the images of indexes and what lies between, too.")
@switch("--digests", text="Show digests.")
@filter_option("-f")
@click.option(
    "--format", "template", metavar="TEMPLATE", help="json, or what a Go template makes of each row."
)
@switch("--no-trunc", text="Write IDs out.")
@switch("-n", "--noheading", text="Show no headings.")
@switch("-q", "--quiet", text="Show IDs only.")
@click.option(
    "--sort",
    type=click.Choice(["created", "id", "repository", "size", "tag"]),
    default="created",
    show_default=True,
    help="The order of the rows.",
)
@accepted("--history", text="the store keeps no former names.")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    name: str | None,
    also_inner: bool,
    digests: bool,
    filters: tuple[str, ...],
    template: str | None,
    no_trunc: bool,
    noheading: bool,
    quiet: bool,
    sort: str,
) -> None:
    """List the images in the local store, the newest first."""
    with task("images", *([] if name is None else [name])), readable_store(invocation) as store:
        images = [] if store is None else _wanted(store, filters, name, also_inner=also_inner)
    if sort == "size":
        images.sort(key=lambda image: image.size_bytes)
    elif sort == "created":
        images.sort(key=created_s, reverse=True)
    if template == "json":
        write(json_bytes(image_objects(images)))
        return
    if quiet:
        ids = dict.fromkeys(id_text(image, full=no_trunc) for image in images)
        write(text_bytes("".join(f"{each}\n" for each in ids)))
        return
    rows = image_rows(images, now_s=time.time(), full=no_trunc)
    if sort in _SORTS:
        rows.sort(key=_SORTS[sort])
    columns = ("Repository", "Tag", "Digest", *_TABLE[2:]) if digests else _TABLE
    shown = template or "table " + " ".join(f"{{{{.{column}}}}}" for column in columns)
    text = render_table(shown, rows, headings={"ID": "image id"})
    write(text_bytes(text.partition("\n")[2] if noheading and shown.startswith("table ") else text))


def _wanted(
    store: ImageStore, filters: Sequence[str], name: str | None, *, also_inner: bool
) -> list[LocalImage]:
    from oci.store.image import find_image, list_images

    wanted = ImageFilter(filters, lambda text: find_image(store, text)[0], time.time())
    found = [image for image in list_images(store, also_inner=also_inner) if wanted.accepts(image)]
    if name is None:
        return found
    return [image for image in found if any(matches_reference(each, name) for each in image.record.names)]


def _cell(row: Struct, name: str) -> str:
    return next(str(field.value) for field in row.fields if field.name == name)
