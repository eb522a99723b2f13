"""``ocitool clean``: take the signatures of an image away."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.image import ImageType
from ..option.retry import Patience, retry_options
from ..option.signature_place import signature_place
from ..option.switch import switch
from ..option.value import one_of
from ..output import remark
from ..short_name import full_name
from ..task import task, work_context

if TYPE_CHECKING:
    from ..invocation import Invocation

_KINDS = {"all": ("sig", "att", "sbom"), "signature": ("sig",), "attestation": ("att",), "sbom": ("sbom",)}


@click.command("clean", cls=Command)
@click.argument("image", type=ImageType())
@one_of("--type", *_KINDS, parameter="kind", text="What to take away.")
@switch("--force", text="Do not ask.")
@signature_place
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    kind: str,
    force: bool,
    signatures_in: str,
    access: Access,
    patience: Patience,
) -> None:
    """Take the signatures of an image away that lie under cosign's tags.

    The image itself, and what is attached to it in other ways, stays.
    """
    import oci

    with task("clean", image):
        if not force:
            _ask(image)
        settings = patience.settings(access.settings(invocation.settings()))
        with interruptible(invocation.timeout_s) as token:
            removed = oci.remove_signatures(
                full_name(image, settings),
                _KINDS[kind],
                signatures_in=signatures_in,
                context=work_context(settings, token),
            )
    for each in removed:
        remark(f"deleted {each}")
    if not removed:
        remark(f"nothing of the kind is attached to {image}")


def _ask(image: str) -> None:
    if sys.stdin is None or not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask whether that is meant: --force does without")
    click.confirm(f"Take the signatures of {image} away?", abort=True, err=True)
