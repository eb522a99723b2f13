"""``ocitool sign``: sign an image in a registry, a layout or a directory with a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import click

from oci.frozen import replace

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.image import ImageType
from ..option.keyless import KeylessChoice, keyless_options
from ..option.making import Making, making_options
from ..option.notary import Wrapping, wrapping_options
from ..option.passphrase import PassphraseChoice, passphrase_options
from ..option.retry import Patience, retry_options
from ..option.signature_place import signature_place
from ..option.stamping import stamping, timestamp_server_url
from ..option.switch import switch
from ..option.value import one_of
from ..output import text_bytes, write
from ..short_name import full_name
from ..task import task, work_context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from oci import Context, Signed
    from oci.trust.keyless.signer import KeylessSigner

    from ..invocation import Invocation

    _Signs: TypeAlias = Callable[[str, Context], Sequence[Signed]]


@click.command("sign", cls=Command)
@click.argument("image", type=ImageType())
@making_options
@keyless_options
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
@timestamp_server_url
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
    keyless: KeylessChoice,
    recursive: bool,
    form: str,
    wrapping: Wrapping,
    timestamp_server_url: str | None,
    signatures_in: str,
    passphrase: PassphraseChoice,
    access: Access,
    patience: Patience,
) -> None:
    """Sign an image with a key, as cosign or notation does, or with GPG, and store the signature.

    What the name stands for is resolved once and signed by its digest; signatures that are there stay. The
    name is signed, too: with its tag, so that policies can ask for it. A bundle, as cosign 3 makes them, and
    what notation makes sign the digest alone. With --gpg, the signature lies where registries.d says, in the
    registry if it keeps such itself, or in dir:. With --keyless, the key lives for one signature, and a
    certificate says whom the identity token named; a bundle comes of it. Prints each digest that was signed,
    for which platform, under which name, and where the signature lies.
    """
    with task("sign", image):
        settings = patience.settings(access.settings(invocation.settings()))
        without_key = keyless.signer()
        if without_key is not None:
            if timestamp_server_url is not None:
                raise click.UsageError("--keyless asks the authorities of its own: no --timestamp-server-url")
            making.check_keyless(form, recursive=recursive)
            sign = _signing_keyless(without_key, signatures_in)
        else:
            sign = _signing(
                making,
                wrapping,
                form,
                passphrase,
                clock=timestamp_server_url,
                recursive=recursive,
                signatures_in=signatures_in,
            )
        with interruptible(invocation.timeout_s) as token:
            signed = sign(full_name(image, settings), work_context(settings, token))
    lines = [
        f"{each.digest}  {each.platform or '-'}  {each.identity or '-'}  {each.stored_at}\n"
        for each in signed
    ]
    write(text_bytes("".join(lines)))


def _signing(
    making: Making,
    wrapping: Wrapping,
    form: str,
    passphrase: PassphraseChoice,
    *,
    clock: str | None,
    recursive: bool,
    signatures_in: str,
) -> _Signs:
    """Read keys, and return what signs an image with them."""
    import oci

    by_gpg = making.gpg_signer(form, passphrase)
    if by_gpg is not None:
        if clock is not None:
            raise click.UsageError("--gpg keeps no timestamps: no --timestamp-server-url")
        name = making.name
        return lambda image, context: oci.sign(
            image, by_gpg, recursive=recursive, identity=name, context=context
        )
    if form == "bundle":
        making.check_bundle(recursive=recursive)
        key = making.signer(passphrase).key

        def attest(image: str, context: Context) -> Sequence[Signed]:
            with stamping(clock, context) as stamper:
                said, place = oci.SIGNATURE, signatures_in
                return [oci.attest(image, key, said, signatures_in=place, stamper=stamper, context=context)]

        return attest
    signer = making.wrapped(wrapping, passphrase) if form == "notation" else making.signer(passphrase)

    def sign(image: str, context: Context) -> Sequence[Signed]:
        with stamping(clock, context) as stamper:
            stamping_one = replace(signer, stamper=stamper)
            return oci.sign(
                image, stamping_one, recursive=recursive, signatures_in=signatures_in, context=context
            )

    return sign


def _signing_keyless(signer: KeylessSigner, signatures_in: str) -> _Signs:
    import oci

    return lambda image, context: [
        oci.sign_keyless(image, signer, signatures_in=signatures_in, context=context)
    ]
