"""What is changed on the way: the options, and what they mean to the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from oci.frozen import frozen

from .bundle import bundle
from .switch import switch

if TYPE_CHECKING:
    from oci.transfer import Conversion

    from .bundle import Decorator

_REFUSED_FORMATS: Final = {
    "v2s1": "schema 1 is not written any more: it has no digests of its parts, and registries refuse it",
}


class FormatType(click.Choice[str]):
    """The name of a format; what skopeo has besides is refused with the reason."""

    def __init__(self) -> None:
        super().__init__(["oci", "v2s2"])

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the format's name."""
        if value in _REFUSED_FORMATS:
            self.fail(_REFUSED_FORMATS[str(value)], param, ctx)
        return super().convert(value, param, ctx)


@frozen(kw_only=True)
class Alteration:
    """What the options say about changes.

    Args:
        format: ``oci`` or ``v2s2``, or None.
        allow_loss: Whether what the format cannot say may be left out.
        remove_signatures: Whether what speaks of the old digest may be left behind.
    """

    format: str | None
    allow_loss: bool
    remove_signatures: bool

    def conversion(self) -> Conversion:
        """Return what the library is to be asked for.

        Raises:
            Unsupported: The options contradict each other.
        """
        from oci.transfer import Conversion, Format

        return Conversion(
            format=None if self.format is None else Format(self.format),
            allows_loss=self.allow_loss,
            leaves_attached=self.remove_signatures,
        )


def conversion_options(parameter: str) -> Decorator:
    """Declare the options.

    Args:
        parameter: The command's parameter that gets the `Alteration`.
    """
    return bundle(
        parameter,
        Alteration,
        {
            "format": (
                "format",
                click.option(
                    "-f",
                    "--format",
                    type=FormatType(),
                    help="Write manifests and media types of this family; the digest changes where that"
                    " changes anything.",
                ),
            ),
            "allow_loss": (
                "allow_loss",
                switch(
                    "--allow-loss",
                    text="Leave out what --format v2s2 cannot say, instead of failing.",
                ),
            ),
            "remove_signatures": (
                "remove_signatures",
                switch("--remove-signatures", text="Leave signatures and attestations behind."),
            ),
        },
    )
