"""``ocitool standalone-verify``: whether a GPG signature in a file is good for a manifest in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from ..option.command import Command
from ..option.gpg import fingerprint, keys_of_user
from ..output import text_bytes, write
from ..task import task

ANY: Final = "any"
"""Stands for every key of the file with keys."""


@click.command("standalone-verify", cls=Command)
@click.argument("manifest", metavar="MANIFEST")
@click.argument("reference", metavar="NAME")
@click.argument("fingerprints", metavar="FINGERPRINTS")
@click.argument("signature", metavar="SIGNATURE")
@click.option(
    "--public-key-file", metavar="FILE", help="Public keys to trust, instead of those of your keyring."
)
def command(
    manifest: str, reference: str, fingerprints: str, signature: str, public_key_file: str | None
) -> None:
    """Verify the GPG signature of a manifest in a file.

    MANIFEST is the file, NAME what the image must be signed as, and SIGNATURE the file with the signature.
    FINGERPRINTS are those of the keys that may have made it, parted by commas, or "any" with
    --public-key-file.
    """
    from oci.errors import NotVerified
    from oci.settings.policy import ExactReference
    from oci.spec import Reference
    from oci.spec.schema1 import signed_payload
    from oci.trust import Family, Refusal, Signature, Subject
    from oci.trust.simple.packet import MAX_BYTES
    from oci.trust.simple.verifier import SimpleVerifier

    wanted = _wanted(fingerprints, has_file=public_key_file is not None)
    with task("standalone-verify", signature):
        name = Reference.parse(reference)
        subject = Subject.of(signed_payload(Path(manifest).read_bytes()), name)
        with Path(signature).open("rb") as stream:
            found = Signature(family=Family.SIMPLE, envelope=stream.read(MAX_BYTES + 1), found_at=signature)
        keys = _keys(wanted, public_key_file)
        with SimpleVerifier(keys, ExactReference(str(name)), fingerprints=wanted) as verifier:
            outcome = verifier.verify(found, subject)
        if isinstance(outcome, Refusal):
            raise NotVerified(f"{signature}: {outcome.reason}", fault=outcome.fault.value)
    line = f"Signature verified using fingerprint {outcome.key}, digest {outcome.digest}\n"
    write(text_bytes(line))


def _wanted(fingerprints: str, *, has_file: bool) -> frozenset[str] | None:
    if fingerprints == ANY:
        if not has_file:
            raise click.UsageError(f"{ANY!r} needs --public-key-file")
        return None
    return frozenset(map(fingerprint, fingerprints.split(",")))


def _keys(wanted: frozenset[str] | None, file: str | None) -> list[tuple[str, bytes]]:
    if file is not None:
        return [(file, Path(file).read_bytes())]
    return keys_of_user(wanted or frozenset())
