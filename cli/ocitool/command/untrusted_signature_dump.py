"""``ocitool untrusted-signature-dump-without-verification``: what a GPG signature says, believed by nobody.

For finding out why a signature is refused. Every name in the output says that nothing of it was verified.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..go_time import Time
from ..go_value import Field, Struct
from ..option.command import Command
from ..output import json_bytes, write
from ..task import task

if TYPE_CHECKING:
    from oci.trust.simple.packet import SignedMessage
    from oci.trust.simple.payload import Payload


@click.command("untrusted-signature-dump-without-verification", cls=Command, hidden=True)
@click.argument("signature", metavar="SIGNATURE")
def command(signature: str) -> None:
    """Show what a GPG signature in a file says, without verifying it: nothing of that has to be true."""
    from oci.errors import InvalidDocument
    from oci.trust.simple.packet import MAX_BYTES, read_message
    from oci.trust.simple.payload import parse_payload

    with task("untrusted-signature-dump-without-verification", signature):
        with Path(signature).open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
        try:
            message = read_message(raw)
        except InvalidDocument as error:
            raise InvalidDocument(f"{signature}: {error.message}") from error
        shown = _view(parse_payload(message.literal, where=signature), message)
    write(json_bytes(shown))


def _view(payload: Payload, message: SignedMessage) -> Struct:
    return Struct(
        "signature.UntrustedSignatureInformation",
        (
            Field("UntrustedDockerManifestDigest", str(payload.digest)),
            Field("UntrustedDockerReference", payload.identity),
            Field("UntrustedCreatorID", payload.creator or None),
            Field("UntrustedTimestamp", _time(payload.timestamp_s)),
            Field("UntrustedShortKeyIdentifier", message.key_id),
        ),
    )


def _time(seconds: int | None) -> Time | None:
    """Return an instant in the zone of this host, as skopeo shows it; None where it is in no year."""
    if seconds is None:
        return None
    try:
        local = datetime.fromtimestamp(seconds).astimezone()
    except (OverflowError, OSError, ValueError):
        return None
    offset = local.utcoffset()
    return Time(local.replace(tzinfo=None), 0, 0 if offset is None else int(offset.total_seconds()))
