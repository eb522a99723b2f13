"""Options of skopeo's copy that are known and not done: refused with the reason, or accepted as always so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from .switch import Switch

if TYPE_CHECKING:
    from collections.abc import Callable

    from .bundle import Decorator

_NO_SIGNING: Final = "signing is not there yet"
_NO_ENCRYPTION: Final = "encrypted layers are not supported"

REFUSED: Final = {
    "encryption-key": _NO_ENCRYPTION,
    "encrypt-layer": _NO_ENCRYPTION,
    "decryption-key": f"{_NO_ENCRYPTION}; without this option they are copied as they are",
    "sign-by": _NO_SIGNING,
    "sign-by-sigstore": _NO_SIGNING,
    "sign-by-sigstore-private-key": _NO_SIGNING,
    "sign-by-sq-fingerprint": "Sequoia is not supported",
    "sign-identity": _NO_SIGNING,
    "sign-passphrase-file": _NO_SIGNING,
}
"""What is refused, and why."""

ACCEPTED: Final = ("dest-oci-accept-uncompressed-layers", "dest-precompute-digests")
"""What is always so, said or not."""


def refused_options(command: Callable[..., object]) -> Callable[..., object]:
    """Declare them; help does not show them."""
    for name, reason in REFUSED.items():
        command = _refused(name, reason)(command)
    for name in ACCEPTED:
        names = f"--{name}/--no-{name}"
        command = click.option(names, cls=Switch, default=False, hidden=True, expose_value=False)(command)
    return command


def _refused(name: str, reason: str) -> Decorator:
    def callback(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
        if value:
            raise click.BadParameter(reason, ctx, parameter)

    return click.option(
        f"--{name}", hidden=True, expose_value=False, multiple=True, metavar="VALUE", callback=callback
    )
