"""What statements about images, in bundles and beneath ``.att`` tags, say of themselves, unverified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..stated import Stated, key_and_signer, time_and_clock
from ..statement import SIGNED, Statement

if TYPE_CHECKING:
    from ..signature import Signature


def stated_in(signature: Signature) -> Stated:
    """Return what a signature says of itself; see `oci.trust.stated`."""
    key, signer = key_and_signer(signature)
    made_s, clock = time_and_clock(signature)
    if signature.is_of_document:
        # There is no statement: it is the image's own document that was signed.
        return Stated(digest=signature.claimed_digest, key=key, signer=signer, made_s=made_s, clock=clock)
    statement = Statement.in_signed(signature.payload, where="statement")
    digests = [digest for thing in statement.subjects for digest in thing.known_digests]
    return Stated(
        digest=next(iter(digests), None),
        about="" if statement.predicate_type == SIGNED else statement.predicate_type,
        key=key,
        signer=signer,
        made_s=made_s,
        clock=clock,
    )
