"""What the commands that verify have in common: how they look, and how they say what they found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oci.frozen import frozen

from ..interruption import interruptible
from ..output import json_bytes, text_bytes, write
from ..short_name import full_name
from ..task import work_context
from .access import Access, access_options
from .bundle import bundle
from .platform import PlatformType
from .retry import Patience, retry_options
from .signature_place import signature_place
from .value import one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oci.spec import Platform
    from oci.trust.family import Verifier

    from ..invocation import Invocation
    from .bundle import Decorator


@frozen(kw_only=True)
class Look:
    """Where to look, and how to say it.

    Args:
        platform: Which image of an index is meant, or None for the index.
        form: ``text`` or ``json``.
        signatures_in: The repository with the signatures, or an empty string for the image's own.
    """

    platform: Platform | None
    form: str
    signatures_in: str

    def run(
        self,
        invocation: Invocation,
        image: str,
        verifiers: Sequence[Verifier],
        *,
        access: Access,
        patience: Patience,
    ) -> None:
        """Verify an image and say what was found.

        Raises:
            OciError: Nothing is proved, or that could not be found out.
        """
        import oci

        from ..view.verification import verification_text, verification_view

        settings = patience.settings(access.settings(invocation.settings()))
        with interruptible(invocation.timeout_s) as token:
            found = oci.verify(
                full_name(image, settings),
                verifiers,
                platform=self.platform,
                signatures_in=self.signatures_in,
                context=work_context(settings, token),
            )
        is_json = self.form == "json"
        write(json_bytes(verification_view(found)) if is_json else text_bytes(verification_text(found)))
        found.check()

    def judge(self, invocation: Invocation, image: str, *, access: Access, patience: Patience) -> None:
        """Ask the policy about an image and say what it makes of it.

        Raises:
            OciError: It is not let in, or that could not be found out.
        """
        import oci

        from ..view.policy_check import policy_check_text, policy_check_view

        settings = patience.settings(access.settings(invocation.bound_settings()))
        with interruptible(invocation.timeout_s) as token:
            found = oci.check_policy(
                full_name(image, settings), platform=self.platform, context=work_context(settings, token)
            )
        is_json = self.form == "json"
        write(json_bytes(policy_check_view(found)) if is_json else text_bytes(policy_check_text(found)))
        found.check()


_LOOK = bundle(
    "look",
    Look,
    {
        "platform": click.option(
            "--platform",
            type=PlatformType(),
            help="Of an index, verify the image for this platform; else the index.",
        ),
        "form": one_of(
            "--format", "text", "json", parameter="form", text="What was found out, in lines or as JSON."
        ),
        "signatures_in": signature_place,
    },
)


def look_options(command: Callable[..., object]) -> Callable[..., object]:
    """Declare the options: ``look``, ``access`` and ``patience`` get what they say."""
    decorators: list[Decorator] = [_LOOK, access_options("access"), retry_options("patience")]
    for each in reversed(decorators):
        command = each(command)
    return command
