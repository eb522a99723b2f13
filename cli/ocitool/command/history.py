"""``ocitool history``: the steps in which an image was built, the last one first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from ..go_json import encode
from ..option.command import Command
from ..option.local_image import LocalImageType
from ..option.switch import switch
from ..output import text_bytes, write
from ..store_access import readable_store, wanted_image
from ..task import task
from ..template import render_table
from ..view.history import history_rows, step_objects

if TYPE_CHECKING:
    from ..invocation import Invocation

_TABLE = "table {{.ID}} {{.Created}} {{.CreatedBy}} {{.Size}} {{.Comment}}"


@click.command("history", cls=Command)
@click.argument("image", type=LocalImageType())
@click.option(
    "--format", "template", metavar="TEMPLATE", help="json, or what a Go template makes of each row."
)
@switch("-H", "--human", text="Write sizes and times as people read them.", default=True)
@switch("--no-trunc", text="Write everything out.")
@switch("-q", "--quiet", text="Show IDs only.")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    template: str | None,
    human: bool,
    no_trunc: bool,
    quiet: bool,
) -> None:
    """Show the steps in which an image was built, the last one first."""
    with task("history", image), readable_store(invocation) as store:
        found, _ = wanted_image(store, image)
        assert store is not None
        sizes = [
            store.snapshots.expanded_bytes([chain]) or 0 for chain in store.catalogue.chains(found.digest)
        ]
    if template == "json":
        write(text_bytes(f"{encode(step_objects(found, sizes))}\n"))
        return
    rows = history_rows(found, sizes, now_s=time.time(), full=no_trunc, human=human)
    text = render_table("{{.ID}}" if quiet else template or _TABLE, rows, headings={"ID": "id"})
    write(text_bytes(text))
