"""What cosign's signatures say of themselves, unverified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..stated import SIGNER, Stated, key_and_signer, time_and_clock
from .payload import parse

if TYPE_CHECKING:
    from ..signature import Signature


def stated_in(signature: Signature) -> Stated:
    """Return what a signature says of itself; see `oci.trust.stated`."""
    payload, _ = parse(signature.payload, where="signed document")
    key, signer = key_and_signer(signature)
    made_s, clock = time_and_clock(signature)
    if made_s is None and payload.timestamp_s is not None:
        made_s, clock = payload.timestamp_s, SIGNER
    return Stated(
        digest=payload.digest,
        identity=payload.identity,
        key=key,
        signer=signer,
        made_s=made_s,
        clock=clock,
    )
