"""Options that have a copy signed with GPG, as skopeo's are called."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from oci.frozen import frozen

from ..gpg_home import user_keyring
from .access import read_secret
from .bundle import bundle

if TYPE_CHECKING:
    from oci.facade.seal import Signing


@frozen(kw_only=True)
class SealChoice:
    """What the options say.

    Args:
        key: The fingerprint of the key to sign with, or None.
        passphrase_file: The file with its passphrase, or None to leave that to gpg's agent.
        identity: The name to sign, or None for the copy's own.
    """

    key: str | None
    passphrase_file: str | None
    identity: str | None

    def signing(self) -> Signing | None:
        """Return who signs, or None.

        Raises:
            UsageError: The other options mean nothing without a key.
            InvalidReference: The name cannot be read.
            OSError: The file cannot be read.
        """
        if self.key is None:
            if self.passphrase_file is not None or self.identity is not None:
                raise click.UsageError("--sign-passphrase-file and --sign-identity need --sign-by")
            return None
        from oci.facade.seal import Signing
        from oci.spec import Reference
        from oci.trust.simple.signer import SimpleSigner

        passphrase = None if self.passphrase_file is None else read_secret(self.passphrase_file)
        signer = SimpleSigner(keyring=user_keyring(), key=self.key, clock=time.time, passphrase=passphrase)
        identity = None if self.identity is None else Reference.parse(self.identity)
        return Signing(signer=signer, identity=identity)


seal_options = bundle(
    "seal",
    SealChoice,
    {
        "key": click.option(
            "--sign-by", metavar="FINGERPRINT", help="Sign the copy with this GPG key of your keyring."
        ),
        "passphrase_file": click.option(
            "--sign-passphrase-file", metavar="FILE", help="A file whose first line is the key's passphrase."
        ),
        "identity": click.option(
            "--sign-identity", metavar="NAME", help="Sign this name, instead of the copy's own."
        ),
    },
)
