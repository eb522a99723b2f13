"""``ocitool verify``: whether somebody who is trusted has signed an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..option.command import Command
from ..option.image import ImageType
from ..option.notary import Notary, notary_options
from ..option.trusted import Trusted, trusted_options
from ..option.verification import Look, look_options
from ..task import task

if TYPE_CHECKING:
    from ..invocation import Invocation
    from ..option.access import Access
    from ..option.retry import Patience


@click.command("verify", cls=Command)
@click.argument("image", type=ImageType())
@trusted_options
@notary_options
@look_options
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    trusted: Trusted,
    notary: Notary,
    look: Look,
    access: Access,
    patience: Patience,
) -> None:
    """Verify that somebody who is trusted has signed an image.

    Every signature is looked at. What is proved is said: by which key, about which digest, under which name,
    at which time and who says so; and of every other signature, why it proves nothing. Without a proof the
    command fails; that a registry could not be asked is another failure than that there is no signature.
    """
    import time

    with task("verify", image), notary.verifying(access.settings(invocation.settings())) as others:
        verifiers = trusted.verifiers(time.time) if trusted.is_stated or not others else []
        look.run(invocation, image, [*verifiers, *others], access=access, patience=patience)
