"""How patient a command is with a registry: skopeo's ``--retry-times`` and ``--retry-delay``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oci.frozen import frozen, replace

from .bundle import bundle
from .duration import Duration
from .value import number

if TYPE_CHECKING:
    from oci.settings import Settings
    from oci.transfer import CopyOptions

    from .bundle import Decorator


@frozen(kw_only=True)
class Patience:
    """How often, and how soon, what failed is tried again.

    Args:
        retry_times: Further tries after the first one, or None for the library's own number.
        retry_delay_s: Seconds until the first of them, doubled for each one after, or None.
    """

    retry_times: int | None
    retry_delay_s: float | None

    def settings(self, base: Settings) -> Settings:
        """Return the settings with this patience."""
        settings = base if self.retry_times is None else replace(base, attempts=self.retry_times + 1)
        if self.retry_delay_s is None:
            return settings
        return replace(settings, retry_delay_s=self.retry_delay_s)

    def copy_options(self, base: CopyOptions) -> CopyOptions:
        """Return the options of a copy with this patience, for what is tried again beyond single requests."""
        options = base if self.retry_times is None else replace(base, retries=self.retry_times)
        if self.retry_delay_s is None:
            return options
        return replace(options, retry_delay_s=self.retry_delay_s)


def retry_options(parameter: str) -> Decorator:
    """Declare the options.

    Args:
        parameter: The command's parameter that gets the `Patience`.
    """
    return bundle(
        parameter,
        Patience,
        {
            "retry_times": number("--retry-times", text="Further tries of what failed.", least=0, most=100),
            "retry_delay_s": click.option(
                "--retry-delay",
                type=Duration(),
                help="Time until the first of them; it doubles from then on.",
            ),
        },
    )
