"""How an image is signed: with a key as cosign or notation does, or with a GPG key of the user's keyring."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from oci.frozen import frozen

from ..gpg_home import user_keyring
from .annotation import annotation_option
from .bundle import bundle
from .key_file import read_private_key

if TYPE_CHECKING:
    from oci.spec import Reference
    from oci.trust.cosign.signer import CosignSigner
    from oci.trust.notation.signer import NotationSigner
    from oci.trust.simple.signer import SimpleSigner

    from .notary import Wrapping
    from .passphrase import PassphraseChoice

_USUAL_FORM: Final = "tag"
"""What ``--as`` says where nobody says anything."""


@frozen(kw_only=True)
class Making:
    """How signatures are made.

    Args:
        key: The file with the private key, or None.
        gpg: The GPG key to sign with instead, or None.
        certificate: The file with the certificate for the key, or None.
        chain: The file with the certificates that vouch for that one, or None.
        identity: The name to sign, or None for the image's.
        annotation: What else to say.
    """

    key: str | None
    gpg: str | None
    certificate: str | None
    chain: str | None
    identity: str | None
    annotation: tuple[tuple[str, str], ...]

    @property
    def key_file(self) -> str:
        """The file with the private key.

        Raises:
            UsageError: None is given.
        """
        if self.key is None:
            raise click.UsageError("what to sign with? --key FILE, --gpg KEY, or --keyless")
        return self.key

    def gpg_signer(self, form: str, passphrase: PassphraseChoice) -> SimpleSigner | None:
        """Return what signs with a GPG key; None where none is given.

        Args:
            form: What ``--as`` says.
            passphrase: The key's passphrase.

        Raises:
            UsageError: The options contradict each other.
            OSError: The file with the passphrase cannot be read.
        """
        if self.gpg is None:
            return None
        if self.key or self.certificate or self.chain or self.annotation or form != _USUAL_FORM:
            raise click.UsageError("--gpg signs digest and name: no --key, --cert, --annotation or --as")
        from oci.trust.simple.signer import SimpleSigner

        return SimpleSigner(
            keyring=user_keyring(), key=self.gpg, clock=time.time, passphrase=passphrase.read()
        )

    @property
    def name(self) -> Reference | None:
        """The name to sign with a GPG key, or None for the image's own.

        Raises:
            InvalidReference: It is none.
        """
        from oci.spec import Reference

        return None if self.identity is None else Reference.parse(self.identity)

    def check_keyless(self, form: str, *, recursive: bool) -> None:
        """Refuse what goes with a key only, or with a name.

        Raises:
            UsageError: Something of the kind was asked for.
        """
        if self.key or self.gpg or self.certificate or self.chain:
            raise click.UsageError("--keyless has a key of its own: no --key, --gpg, --cert or --chain")
        if recursive or self.identity or self.annotation or form not in {_USUAL_FORM, "bundle"}:
            raise click.UsageError(
                "--keyless signs one digest in a bundle: no --recursive, --identity, --annotation or --as"
            )

    def check_bundle(self, *, recursive: bool) -> None:
        """Refuse what cannot be said in a bundle that is signed with a key.

        Raises:
            UsageError: Something of the kind was asked for.
        """
        if recursive or self.certificate or self.identity or self.annotation:
            raise click.UsageError(
                "--as bundle signs one digest with a key: no --recursive, --cert, --identity or --annotation"
            )

    def signer(self, passphrase: PassphraseChoice) -> CosignSigner:
        """Return what signs.

        Raises:
            UsageError: The options contradict each other.
            InvalidSettings: A file holds something else.
            OSError: A file cannot be read.
        """
        from oci.trust.cosign.signer import CosignSigner, check_pair
        from oci.trust.signature import CertificateText

        if self.chain is not None and self.certificate is None:
            raise click.UsageError("--chain needs --cert")
        key = read_private_key(self.key_file, passphrase)
        certificates = None
        if self.certificate is not None:
            chain = b"" if self.chain is None else Path(self.chain).read_bytes()
            certificates = CertificateText(Path(self.certificate).read_bytes(), chain)
            check_pair(key, certificates, where=self.certificate)
        return CosignSigner(
            key=key,
            annotations=dict(self.annotation),
            identity=self.identity or "",
            certificates=certificates,
        )

    def wrapped(self, wrapping: Wrapping, passphrase: PassphraseChoice) -> NotationSigner:
        """Return what signs as notation does.

        Raises:
            UsageError: The options contradict each other.
            InvalidSettings: A file holds something else.
            OSError: A file cannot be read.
        """
        if self.identity is not None:
            raise click.UsageError("--as notation signs no names: no --identity")
        return wrapping.signer(self.key_file, self.certificate, self.chain, dict(self.annotation), passphrase)


making_options = bundle(
    "making",
    Making,
    {
        "key": click.option(
            "--key",
            metavar="FILE",
            help="The private key, as generate-key-pair makes it; or in PEM.",
        ),
        "gpg": click.option(
            "--gpg", metavar="KEY", help="Sign with this GPG key of your keyring instead: its fingerprint."
        ),
        "certificate": click.option(
            "--cert", "certificate", metavar="FILE", help="The certificate for the key, in PEM."
        ),
        "chain": click.option("--chain", metavar="FILE", help="The certificates that vouch for it, in PEM."),
        "identity": click.option(
            "--identity", metavar="NAME", help="Sign this name, instead of the image's own."
        ),
        "annotation": annotation_option("Say this about the image, too; any number of times."),
    },
)
