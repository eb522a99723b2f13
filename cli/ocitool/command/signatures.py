"""``ocitool signatures``: everything that is attached to an image, and what each of it proves."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.anybody import Anybody, anybody_options
from ..option.command import Command
from ..option.image import ImageType
from ..option.platform import PlatformType
from ..option.retry import Patience, retry_options
from ..option.signature_place import signature_place
from ..option.switch import switch
from ..output import json_bytes, text_bytes, write
from ..short_name import full_name
from ..task import task, work_context

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from oci import Inventory
    from oci.settings import Settings
    from oci.spec import Platform
    from oci.trust.family import Verifier

    from ..invocation import Invocation


@click.command("signatures", cls=Command)
@click.argument("image", type=ImageType())
@anybody_options
@click.option(
    "--platform",
    type=PlatformType(),
    help="Of an index, look at the image for this platform; else the index.",
)
@click.option(
    "-f", "--format", "template", metavar="TEMPLATE", help="json, or what a Go template makes of each thing."
)
@switch("--no-trunc", text="Write digests, keys and places out.")
@signature_place
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    anybody: Anybody,
    platform: Platform | None,
    template: str | None,
    no_trunc: bool,
    signatures_in: str,
    access: Access,
    patience: Patience,
) -> None:
    """Show everything that is attached to an image, and what each of it proves.

    Signatures of all families are looked for, attestations, bills of materials and other referrers. What a
    signature says is shown (which digest, which name, by whom, when), and whether it holds where somebody is
    trusted: by the options, or by a --policy. Places that have nothing are named, and a place that could not
    be asked is said to be unknown, and makes the command fail.
    """
    import oci

    with task("signatures", image):
        has_policy = invocation.policy is not None
        base = invocation.bound_settings() if has_policy else invocation.settings()
        settings = patience.settings(access.settings(base))
        with interruptible(invocation.timeout_s) as token, _trusting(anybody, settings) as verifiers:
            found = oci.signatures(
                full_name(image, settings),
                [*verifiers, *anybody.attesting()],
                platform=platform,
                signatures_in=signatures_in,
                context=work_context(settings, token),
            )
        write(_content(found, template, is_whole=no_trunc))
        found.check()


def _trusting(anybody: Anybody, settings: Settings) -> AbstractContextManager[list[Verifier]]:
    nobody: list[Verifier] = []
    return anybody.verifying(settings) if anybody.is_stated else nullcontext(nobody)


def _content(found: Inventory, template: str | None, *, is_whole: bool) -> bytes:
    from ..view.inventory import inventory_rows, inventory_text, inventory_view

    if template is None:
        return text_bytes(inventory_text(found, is_whole=is_whole))
    from ..template import is_json, render_table

    if is_json(template):
        return json_bytes(inventory_view(found))
    return text_bytes(render_table(template, inventory_rows(found)))
