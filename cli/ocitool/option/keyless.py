"""Signing without a key: who says who one is, and whom to ask for a certificate and an entry in a log."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from oci.frozen import frozen

from .access import read_secret
from .bundle import bundle
from .switch import switch

if TYPE_CHECKING:
    from oci.trust.keyless.signer import KeylessSigner, Services

VARIABLE: Final = "SIGSTORE_ID_TOKEN"
"""The environment variable that may hold the identity token, as cosign reads it."""


@frozen(kw_only=True)
class KeylessChoice:
    """What the options say.

    Args:
        is_wanted: Whether to sign without a key.
        token_file: The file with the identity token, or None.
        signing_config: The file that says whom to ask, or None.
        trusted_root: The file that says what their answers are held against, or None.
    """

    is_wanted: bool
    token_file: str | None
    signing_config: str | None
    trusted_root: str | None

    def signer(self) -> KeylessSigner | None:
        """Return who signs without a key; None where nobody asked for that.

        Raises:
            UsageError: The options contradict each other, or there is no token.
            Unsupported: The package that does it is not installed.
            OSError: A file cannot be read.
        """
        if not self.is_wanted:
            if self.token_file or self.signing_config or self.trusted_root:
                raise click.UsageError(
                    "--identity-token-file, --signing-config and --trusted-root need --keyless"
                )
            return None
        from oci.trust.keyless.signer import KeylessSigner

        return KeylessSigner(services=self._services(), token=self._token())

    def _services(self) -> Services | None:
        from oci.trust.keyless.signer import Services

        if self.signing_config is None or self.trusted_root is None:
            if self.signing_config != self.trusted_root:
                raise click.UsageError("--signing-config and --trusted-root need each other")
            return None
        return Services(
            signing_config=Path(self.signing_config).read_bytes(),
            trusted_root=Path(self.trusted_root).read_bytes(),
        )

    def _token(self) -> str:
        if self.token_file is not None:
            return read_secret(self.token_file)
        found = os.environ.get(VARIABLE)
        if found is None:
            from oci.trust.keyless.signer import ambient_token

            found = ambient_token()
        if found is None:
            raise click.UsageError(
                f"who signs? --identity-token-file or ${VARIABLE} says so; a CI job may, too"
            )
        return found


keyless_options = bundle(
    "keyless",
    KeylessChoice,
    {
        "is_wanted": switch(
            "--keyless",
            "is_keyless",
            text="Sign without a key: Fulcio certifies one, Rekor records it (the extra keyless).",
        ),
        "token_file": click.option(
            "--identity-token-file",
            metavar="FILE",
            help=f"The file (or -) with the identity token; ${VARIABLE} may hold it, or the CI job has one.",
        ),
        "signing_config": click.option(
            "--signing-config", metavar="FILE", help="Whom to ask, instead of sigstore's public instance."
        ),
        "trusted_root": click.option(
            "--trusted-root", metavar="FILE", help="What their answers are held against, with it."
        ),
    },
)
