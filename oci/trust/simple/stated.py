"""What GPG signatures say of themselves, before anything is verified: for showing, never for deciding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..stated import SIGNER, Stated
from .packet import read_message
from .payload import parse_payload

if TYPE_CHECKING:
    from ..signature import Signature


def stated_in(signature: Signature) -> Stated:
    """Return what a signature says of itself; see `oci.trust.stated`."""
    message = read_message(signature.envelope)
    payload = parse_payload(message.literal, where="signed document")
    return Stated(
        digest=payload.digest,
        identity=payload.identity,
        key=message.key_id,
        made_s=payload.timestamp_s,
        clock="" if payload.timestamp_s is None else SIGNER,
    )
