"""``ocitool generate-sigstore-key``: a new key pair, in files that are called as skopeo calls them."""

from __future__ import annotations

import click

from ..option.command import Command
from ..option.key_file import make_pair
from ..option.passphrase import PassphraseChoice, passphrase_options
from ..output import remark
from ..task import task


@click.command("generate-sigstore-key", cls=Command)
@click.option(
    "--output-prefix", "prefix", metavar="PREFIX", required=True, help="Write PREFIX.private and PREFIX.pub."
)
@passphrase_options
def command(prefix: str, passphrase: PassphraseChoice) -> None:
    """Make a key pair for signing images, under the names that skopeo gives its files.

    The keys are those of generate-key-pair: an ECDSA key on P-256 that only its password opens, which may be
    empty, and the public one for those who verify. Files that are there are left alone.
    """
    with task("generate-sigstore-key", prefix):
        private, public = make_pair(prefix, passphrase, private_suffix=".private")
    remark(f"the private key is in {private}, the public one in {public}")
