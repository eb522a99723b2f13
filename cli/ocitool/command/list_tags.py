"""``ocitool list-tags``: the tags of a repository, in skopeo's JSON; filtered and described if one likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.image import ImageType
from ..option.retry import Patience, retry_options
from ..option.switch import switch
from ..option.sync_filter import Wanted, listing_options
from ..output import json_bytes, text_bytes, write
from ..short_name import full_name
from ..task import task, work_context

if TYPE_CHECKING:
    from oci import Context

    from ..invocation import Invocation


@click.command("list-tags", cls=Command)
@click.argument("repository", type=ImageType())
@listing_options("wanted")
@switch("--details", text="Tell what each tag stands for, and when that was made; a request for each.")
@click.option(
    "-f", "--format", "template", metavar="TEMPLATE", help="Show what a Go template makes of each tag."
)
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    repository: str,
    wanted: Wanted,
    details: bool,
    template: str | None,
    access: Access,
    patience: Patience,
) -> None:
    """List the tags of a repository.

    REPOSITORY is docker://HOST/NAME without a tag, or oci:DIRECTORY for the names in a layout. Tags are in
    the order in which the place lists them; with --newest, the newest come first.
    """
    with task("list-tags", repository):
        settings = patience.settings(access.settings(invocation.settings()))
        name = full_name(repository, settings)
        with interruptible(invocation.timeout_s) as token:
            context = work_context(settings, token)
            if details or template is not None:
                content = _described(name, wanted, template, context)
            else:
                content = _listed(name, wanted, context)
    write(content)


def _listed(name: str, wanted: Wanted, context: Context) -> bytes:
    import oci

    from ..view.tag import tag_list

    if wanted.is_everything:
        return json_bytes(tag_list(name, oci.list_tags(name, context=context).tags))
    return json_bytes(tag_list(name, oci.find_tags(name, wanted.tag_filter(), context=context)))


def _described(name: str, wanted: Wanted, template: str | None, context: Context) -> bytes:
    import oci

    from ..view.tag import described_list, tag_view

    found = oci.describe_tags(name, wanted.tag_filter(), context=context)
    if template is None:
        return json_bytes(described_list(name, found))
    from ..template import render_table

    return text_bytes(render_table(template, [tag_view(entry) for entry in found]))
