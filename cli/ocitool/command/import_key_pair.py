"""``ocitool import-key-pair``: a key that there is already, to sign images with."""

from __future__ import annotations

from pathlib import Path

import click

from ..option.command import Command
from ..option.key_file import new_password, write_pair
from ..option.passphrase import PassphraseChoice, passphrase_options
from ..output import remark
from ..task import task


@click.command("import-key-pair", cls=Command)
@click.option(
    "--key",
    "source",
    metavar="FILE",
    required=True,
    help="The private key: PKCS #1, PKCS #8 or SEC 1.",
)
@click.option(
    "--output-key-prefix",
    "prefix",
    metavar="PREFIX",
    default="import-cosign",
    show_default=True,
    help="Write PREFIX.key and PREFIX.pub.",
)
@passphrase_options
def command(source: str, prefix: str, passphrase: PassphraseChoice) -> None:
    """Put a private key that another program has made into cosign's format.

    The key must lie open in its file; openssl pkey takes a password away. The new file can be opened with its
    password only.
    """
    from oci.trust.key.private import PrivateKey

    with task("import-key-pair", source):
        key = PrivateKey.load_pem(Path(source).read_bytes(), where=source)
        private, public = write_pair(prefix, key, new_password(passphrase))
    remark(f"the private key is in {private}, the public one in {public}")
