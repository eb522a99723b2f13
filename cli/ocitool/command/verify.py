"""``ocitool verify``: whether somebody who is trusted has signed an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..option.anybody import Anybody, anybody_options
from ..option.command import Command
from ..option.image import ImageType
from ..option.verification import Look, look_options
from ..task import task

if TYPE_CHECKING:
    from ..invocation import Invocation
    from ..option.access import Access
    from ..option.retry import Patience


@click.command("verify", cls=Command)
@click.argument("image", type=ImageType())
@anybody_options
@look_options
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    anybody: Anybody,
    look: Look,
    access: Access,
    patience: Patience,
) -> None:
    """Verify that somebody who is trusted has signed an image.

    Every signature is looked at. What is proved is said: by which key, about which digest, under which name,
    at which time and who says so; and of every other signature, why it proves nothing. Without a proof the
    command fails; that a registry could not be asked is another failure than that there is no signature.
    With --policy FILE, the image is judged by that policy.json as copy judges it (all of an index, unless
    --platform chooses from it), and what each requirement comes to is shown.
    """
    with task("verify", image):
        if invocation.policy is not None:
            if anybody.is_stated:
                raise click.UsageError("--policy says who is trusted: no --key, --gpg and the like beside it")
            look.judge(invocation, image, access=access, patience=patience)
            return
        with anybody.verifying(access.settings(invocation.settings())) as verifiers:
            look.run(invocation, image, verifiers, access=access, patience=patience)
