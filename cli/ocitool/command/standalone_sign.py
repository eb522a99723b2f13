"""``ocitool standalone-sign``: a GPG signature of a manifest in a file, written to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..gpg_home import user_keyring
from ..option.command import Command
from ..option.passphrase import passphrase_options
from ..task import task

if TYPE_CHECKING:
    from ..option.passphrase import PassphraseChoice


@click.command("standalone-sign", cls=Command)
@click.argument("manifest", metavar="MANIFEST")
@click.argument("reference", metavar="NAME")
@click.argument("key", metavar="FINGERPRINT")
@click.option("-o", "--output", required=True, metavar="FILE", help="Where the signature goes.")
@passphrase_options
def command(manifest: str, reference: str, key: str, output: str, passphrase: PassphraseChoice) -> None:
    """Sign a manifest in a file with a GPG key.

    MANIFEST is the file, NAME what the image is called, with a tag or a digest, and FINGERPRINT the key in
    your keyring. Unless the passphrase is given, gpg's agent asks for it where it needs one.
    """
    import time

    from oci.spec import Reference
    from oci.spec.schema1 import signed_payload
    from oci.trust import Subject
    from oci.trust.simple.signer import SimpleSigner

    with task("standalone-sign", manifest):
        subject = Subject.of(signed_payload(Path(manifest).read_bytes()), Reference.parse(reference))
        signer = SimpleSigner(keyring=user_keyring(), key=key, clock=time.time, passphrase=passphrase.read())
        Path(output).write_bytes(signer.sign(subject).envelope)
