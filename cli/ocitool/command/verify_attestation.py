"""``ocitool verify-attestation``: what somebody who is trusted says about an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..option.command import Command
from ..option.image import ImageType
from ..option.predicate import predicate_type
from ..option.trusted import Trusted, trusted_options
from ..option.verification import Look, look_options
from ..task import task

if TYPE_CHECKING:
    from ..invocation import Invocation
    from ..option.access import Access
    from ..option.retry import Patience


@click.command("verify-attestation", cls=Command)
@click.argument("image", type=ImageType())
@predicate_type(default="", text="Only this kind: a URI, or spdxjson, slsaprovenance, ...; else any.")
@trusted_options
@look_options
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    predicate_type: str,
    trusted: Trusted,
    look: Look,
    access: Access,
    patience: Patience,
) -> None:
    """Verify what somebody who is trusted says about an image, and show it.

    Statements beneath cosign's tag and in bundles that refer to the image are looked at, all of them; see
    verify for what is said about each.
    """
    import time

    with task("verify-attestation", image):
        verifiers = trusted.attestation_verifiers(predicate_type, time.time)
        look.run(invocation, image, verifiers, access=access, patience=patience)
