"""What signatures of the Notary Project say of themselves, unverified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..certificate.rule import load_chain, thumbprint
from ..stated import SIGNER, Stated
from .form import read_envelope
from .payload import read_payload

if TYPE_CHECKING:
    from ..signature import Signature


def stated_in(signature: Signature) -> Stated:
    """Return what a signature says of itself; see `oci.trust.stated`."""
    envelope = read_envelope(signature.envelope, signature.media_type)
    leaf = load_chain(envelope.chain)[0]
    return Stated(
        digest=read_payload(envelope.payload).digest,
        key=thumbprint(envelope.chain[0]),
        signer=leaf.subject.rfc4514_string(),
        made_s=envelope.attributes.signed_s,
        clock=SIGNER,
    )
