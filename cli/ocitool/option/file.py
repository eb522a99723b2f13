"""Options of the commands that look into an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.frozen import frozen, replace

from .bundle import bundle
from .platform import platform_option, wished_platform
from .switch import switch

if TYPE_CHECKING:
    from oci import Platform
    from oci.settings import Settings

    from ..invocation import Invocation
    from .bundle import Decorator

UNVERIFIED: Final = "unverified: a layer was not read to its end, so that nothing vouches for what is shown"


@frozen(kw_only=True)
class LookOptions:
    """How an image is looked into.

    Args:
        platform: The platform that it must be for, or None.
        allow_unverified: Whether a layer without a table may be read no further than is needed.
    """

    platform: Platform | None
    allow_unverified: bool

    def settings(self, invocation: Invocation, settings: Settings) -> Settings:
        """Return settings that wish for the platform of this machine, or the one that was named."""
        return replace(settings, platform=wished_platform(invocation, settings.platform))


def look_options(parameter: str) -> Decorator:
    """Declare the options.

    Args:
        parameter: The command's parameter that gets the `LookOptions`.
    """
    return bundle(
        parameter,
        LookOptions,
        {
            "platform": platform_option(verb="taken"),
            "allow_unverified": switch(
                "--allow-unverified",
                text="Of a layer without a table, read no more than is needed: unchecked, which is said.",
            ),
        },
    )
