"""``ocitool list-tags``: the tags of a repository, in skopeo's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.image import ImageType
from ..option.retry import Patience, retry_options
from ..output import json_bytes, write
from ..short_name import full_name
from ..task import task, work_context

if TYPE_CHECKING:
    from ..invocation import Invocation


@click.command("list-tags", cls=Command)
@click.argument("repository", type=ImageType())
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(invocation: Invocation, /, *, repository: str, access: Access, patience: Patience) -> None:
    """List the tags of a repository.

    REPOSITORY is docker://HOST/NAME without a tag, or oci:DIRECTORY for the names in a layout.
    """
    import oci

    with task("list-tags", repository):
        settings = patience.settings(access.settings(invocation.settings()))
        with interruptible(invocation.timeout_s) as token:
            found = oci.list_tags(full_name(repository, settings), context=work_context(settings, token))

    from ..go_value import Field, Struct

    members = (Field("Repository", found.repository, omit_empty=True), Field("Tags", list(found.tags)))
    write(json_bytes(Struct("main.tagListOutput", members)))
