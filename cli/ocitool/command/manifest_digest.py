"""``ocitool manifest-digest``: the digest that a manifest in a file has, or would have, in a registry."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..option.command import Command
from ..option.value import one_of
from ..output import text_bytes, write
from ..task import task


@click.command("manifest-digest", cls=Command)
@click.argument("file", metavar="FILE")
@one_of("--algorithm", "sha256", "sha512", text="What to compute the digest with.")
def command(file: str, algorithm: str) -> None:
    """Compute the digest of a manifest in a file.

    FILE may be - for the standard input. The signatures of a schema 1 manifest are not part of what its
    digest is made of, and are left out.
    """
    from oci.spec import Digest
    from oci.spec.schema1 import signed_payload

    with task("manifest-digest", file):
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        digest = Digest.of(signed_payload(content), algorithm)
    write(text_bytes(f"{digest}\n"))
