"""Platforms, as ``OS/ARCH[/VARIANT]`` and as skopeo's ``--override-*`` options name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from oci.spec import Platform

    from ..invocation import Invocation
    from .bundle import Decorator

_USUAL = (
    *("linux/amd64", "linux/arm64", "linux/arm/v7", "linux/386", "linux/ppc64le", "linux/riscv64"),
    *("linux/s390x", "windows/amd64"),
)


class PlatformType(click.ParamType["Platform"]):
    """A platform."""

    name = "os/arch[/variant]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Platform:
        """Read a platform."""
        from oci.errors import InvalidReference
        from oci.spec import Platform

        if isinstance(value, Platform):
            return value
        try:
            return Platform.parse(str(value))
        except InvalidReference as error:
            self.fail(f"{error.message}: {error.hint}", param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete to the platforms that most images are made for."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in _USUAL if name.startswith(incomplete)]


def platform_option(*, verb: str) -> Decorator:
    """Declare the option of a command that is about one image.

    Args:
        verb: What the command does to it, for help: ``shown``.
    """
    return click.option(
        "--platform",
        type=PlatformType(),
        help=f"The platform that the image must be for; of an index, this machine's is {verb} by default.",
    )


def wished_platform(invocation: Invocation, host: Platform | None) -> Platform:
    """Return the platform to choose images for where a command was told none.

    Args:
        invocation: What the options before the command say.
        host: This machine's platform, or None where it is of an unknown kind.
    """
    from oci.spec import Platform

    usual = host or Platform("linux", "amd64")
    if (invocation.os, invocation.architecture, invocation.variant) == (None, None, None):
        return usual
    # The machine's own variant says nothing about another architecture.
    variant = usual.variant if invocation.architecture in {None, usual.architecture} else ""
    return Platform(
        os=invocation.os or usual.os,
        architecture=invocation.architecture or usual.architecture,
        variant=variant if invocation.variant is None else invocation.variant,
    )
