"""``ocitool generate-key-pair``: a new key to sign images with."""

from __future__ import annotations

import click

from ..option.command import Command
from ..option.key_file import make_pair
from ..option.passphrase import PassphraseChoice, passphrase_options
from ..option.value import one_of
from ..output import remark
from ..task import task


@click.command("generate-key-pair", cls=Command)
@click.option(
    "--output-key-prefix",
    "prefix",
    metavar="PREFIX",
    default="cosign",
    show_default=True,
    help="Write PREFIX.key and PREFIX.pub.",
)
@one_of("--type", "ecdsa", "rsa", "ed25519", parameter="kind", text="The kind of key.")
@passphrase_options
def command(prefix: str, kind: str, passphrase: PassphraseChoice) -> None:
    """Make a key pair for signing images, in cosign's format.

    The private key can be opened with its password only, which may be empty. The public one is for those who
    verify.
    """
    with task("generate-key-pair", prefix):
        private, public = make_pair(prefix, passphrase, kind=kind)
    remark(f"the private key is in {private}, the public one in {public}")
