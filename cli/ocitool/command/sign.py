"""``ocitool sign``: sign an image in a registry or a layout with a key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from oci.frozen import frozen

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.annotation import annotation_option
from ..option.bundle import bundle
from ..option.command import Command
from ..option.image import ImageType
from ..option.key_file import read_private_key
from ..option.notary import Wrapping, wrapping_options
from ..option.passphrase import PassphraseChoice, passphrase_options
from ..option.retry import Patience, retry_options
from ..option.signature_place import signature_place
from ..option.switch import switch
from ..option.value import one_of
from ..output import text_bytes, write
from ..short_name import full_name
from ..task import task, work_context

if TYPE_CHECKING:
    import oci
    from oci.trust.cosign.signer import CosignSigner
    from oci.trust.notation.signer import NotationSigner

    from ..invocation import Invocation


@frozen(kw_only=True)
class Making:
    """How signatures are made.

    Args:
        key: The file with the private key.
        certificate: The file with the certificate for it, or None.
        chain: The file with the certificates that vouch for that one, or None.
        identity: The name to sign, or None for the image's.
        annotation: What else to say.
    """

    key: str
    certificate: str | None
    chain: str | None
    identity: str | None
    annotation: tuple[tuple[str, str], ...]

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
        key = read_private_key(self.key, passphrase)
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
        return wrapping.signer(self.key, self.certificate, self.chain, dict(self.annotation), passphrase)


_MAKING = bundle(
    "making",
    Making,
    {
        "key": click.option(
            "--key",
            metavar="FILE",
            required=True,
            help="The private key, as generate-key-pair makes it; or in PEM.",
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


@click.command("sign", cls=Command)
@click.argument("image", type=ImageType())
@_MAKING
@switch("--recursive", text="Sign an index, and every image that it links.")
@one_of(
    "--as",
    "tag",
    "bundle",
    "notation",
    parameter="form",
    text="As cosign does, beneath its tag or as a referrer; or as notation does.",
)
@wrapping_options
@signature_place
@passphrase_options
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    making: Making,
    recursive: bool,
    form: str,
    wrapping: Wrapping,
    signatures_in: str,
    passphrase: PassphraseChoice,
    access: Access,
    patience: Patience,
) -> None:
    """Sign an image with a key, as cosign or notation does, and store the signature beside it.

    What the name stands for is resolved once and signed by its digest; signatures that are there stay. The
    name is signed, too: with its tag, so that policies can ask for it. A bundle, as cosign 3 makes them, and
    what notation makes sign the digest alone. Prints each digest that was signed.
    """
    import oci
    from oci.trust.cosign.signer import CosignSigner

    with task("sign", image):
        settings = patience.settings(access.settings(invocation.settings()))
        if form == "bundle":
            making.check_bundle(recursive=recursive)
        signer = making.wrapped(wrapping, passphrase) if form == "notation" else making.signer(passphrase)
        with interruptible(invocation.timeout_s) as token:
            named, context = full_name(image, settings), work_context(settings, token)
            if isinstance(signer, CosignSigner) and form == "bundle":
                one = oci.attest(
                    named, signer.key, oci.SIGNATURE, signatures_in=signatures_in, context=context
                )
                signed: tuple[oci.Signed, ...] = (one,)
            else:
                signed = oci.sign(
                    named, signer, recursive=recursive, signatures_in=signatures_in, context=context
                )
    lines = [
        f"{each.digest}  {each.platform or '-'}  {each.identity or '-'}  {each.stored_at}\n"
        for each in signed
    ]
    write(text_bytes("".join(lines)))
