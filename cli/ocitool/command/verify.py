"""``ocitool verify``: whether somebody who is trusted has signed an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.image import ImageType
from ..option.platform import PlatformType
from ..option.retry import Patience, retry_options
from ..option.signature_place import signature_place
from ..option.trusted import Trusted, trusted_options
from ..option.value import one_of
from ..output import json_bytes, text_bytes, write
from ..short_name import full_name
from ..task import task, work_context

if TYPE_CHECKING:
    from oci.spec import Platform

    from ..invocation import Invocation


@click.command("verify", cls=Command)
@click.argument("image", type=ImageType())
@trusted_options
@click.option(
    "--platform", type=PlatformType(), help="Of an index, verify the image for this platform; else the index."
)
@one_of("--format", "text", "json", parameter="form", text="What was found out, in lines or as JSON.")
@signature_place
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    trusted: Trusted,
    platform: Platform | None,
    form: str,
    signatures_in: str,
    access: Access,
    patience: Patience,
) -> None:
    """Verify that somebody who is trusted has signed an image.

    Every signature is looked at. What is proved is said: by which key, about which digest, under which name,
    at which time and who says so; and of every other signature, why it proves nothing. Without a proof the
    command fails; that a registry could not be asked is another failure than that there is no signature.
    """
    import time

    import oci

    from ..view.verification import verification_text, verification_view

    with task("verify", image):
        settings = patience.settings(access.settings(invocation.settings()))
        verifiers = trusted.verifiers(time.time)
        with interruptible(invocation.timeout_s) as token:
            found = oci.verify(
                full_name(image, settings),
                verifiers,
                platform=platform,
                signatures_in=signatures_in,
                context=work_context(settings, token),
            )
        whole = json_bytes(verification_view(found))
        write(whole if form == "json" else text_bytes(verification_text(found)))
        found.check()
