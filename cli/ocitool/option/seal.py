"""Options that have a copy signed, with GPG or with a key of cosign's, as skopeo's are called."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import click

from oci.frozen import frozen

from ..gpg_home import user_keyring
from .access import read_secret
from .bundle import bundle
from .key_file import read_private_key
from .passphrase import PassphraseChoice
from .signing_parameter import KeyFiles, read_parameters

if TYPE_CHECKING:
    from oci.facade.seal import Signing
    from oci.trust.cosign.signer import CosignSigner
    from oci.trust.family import Signer


@frozen(kw_only=True)
class SealChoice:
    """What the options say.

    Args:
        key: The fingerprint of the GPG key to sign with, or None.
        sigstore_key: The file with the private key to sign with, or None.
        parameters: The file that says what to sign with, in the form of skopeo's, or None.
        passphrase_file: The file with its passphrase, or None to leave that to gpg's agent.
        identity: The name to sign, or None for the copy's own.
    """

    key: str | None
    sigstore_key: str | None
    parameters: str | None
    passphrase_file: str | None
    identity: str | None = None

    def signer(self) -> Signer | None:
        """Return who signs, in whichever way, or None; raises what `signing` and `sigstore_signer` do."""
        signing = self.signing()
        return self.sigstore_signer() if signing is None else signing.signer

    def signing(self) -> Signing | None:
        """Return who signs, or None.

        Raises:
            UsageError: The other options mean nothing without a key.
            InvalidReference: The name cannot be read.
            OSError: The file cannot be read.
        """
        ways = (self.key, self.sigstore_key, self.parameters)
        if sum(each is not None for each in ways) > 1:
            raise click.UsageError("--sign-by... : one way of signing at a time")
        if not any(ways) and (self.passphrase_file is not None or self.identity is not None):
            raise click.UsageError("--sign-passphrase-file and --sign-identity need one of --sign-by...")
        if self.key is None:
            return None
        from oci.facade.seal import Signing
        from oci.spec import Reference
        from oci.trust.simple.signer import SimpleSigner

        passphrase = None if self.passphrase_file is None else read_secret(self.passphrase_file)
        signer = SimpleSigner(keyring=user_keyring(), key=self.key, clock=time.time, passphrase=passphrase)
        identity = None if self.identity is None else Reference.parse(self.identity)
        return Signing(signer=signer, identity=identity)

    def sigstore_signer(self) -> CosignSigner | None:
        """Return who signs as cosign does, or None.

        Raises:
            InvalidSettings: A file holds something else, or the password is wrong.
            OSError: A file cannot be read.
            UsageError: There is nobody to ask for the password.
        """
        if self.sigstore_key is not None:
            files = KeyFiles(key=self.sigstore_key, passphrase=self.passphrase_file)
        elif self.parameters is not None:
            files = read_parameters(self.parameters)
        else:
            return None
        from oci import __version__
        from oci.trust.cosign.signer import CosignSigner

        key = read_private_key(files.key, PassphraseChoice(file=files.passphrase, ask=False))
        said: dict[str, object] = {"creator": f"ocitool {__version__}", "timestamp": int(time.time())}
        return CosignSigner(key=key, identity=self.identity or "", annotations=said)


_WAYS: Final = {
    "key": click.option(
        "--sign-by", metavar="FINGERPRINT", help="Sign the copy with this GPG key of your keyring."
    ),
    "sigstore_key": click.option(
        "--sign-by-sigstore-private-key",
        "sigstore_key",
        metavar="FILE",
        help="Sign the copy with this private key, as cosign does.",
    ),
    "parameters": click.option(
        "--sign-by-sigstore",
        "parameters",
        metavar="FILE",
        help="Sign the copy as this containers-sigstore-signing-params.yaml says.",
    ),
    "passphrase_file": click.option(
        "--sign-passphrase-file", metavar="FILE", help="A file whose first line is the key's passphrase."
    ),
}

seal_options = bundle(
    "seal",
    SealChoice,
    _WAYS
    | {
        "identity": click.option(
            "--sign-identity", metavar="NAME", help="Sign this name, instead of the copy's own."
        )
    },
)
"""Those of a copy."""

sync_seal_options = bundle("seal", SealChoice, _WAYS)
"""Those of many copies, each of which is signed under its own name."""
