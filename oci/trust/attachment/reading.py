"""From what is attached to the signatures in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..signature import Signature
from ..verdict import Fault, Found, Refusal
from .gathering import Gathered

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..signature import Family
    from ..verdict import Reading
    from .gathering import Attached, Flawed, Gathering


def reading_of(
    found: Gathering, family: Family, signature_in: Callable[[Attached], Signature | Refusal]
) -> Reading:
    """Return what a place with attached signatures answered.

    What is flawed counts as a signature that was refused: it may be the only trace of one.

    Args:
        found: What is attached.
        family: Of which family signatures are looked for.
        signature_in: Returns the signature in one thing, unverified, or why there is none in it.
    """
    if not isinstance(found, Gathered):
        return found
    each_read = [signature_in(each) for each in found.attached]
    refused = [each for each in each_read if isinstance(each, Refusal)]
    return Found(
        found.place,
        tuple(each for each in each_read if isinstance(each, Signature)),
        refused=(*refused, *(_refusal(each, family) for each in found.flawed)),
        unread=found.unread,
    )


def _refusal(flawed: Flawed, family: Family) -> Refusal:
    signature = Signature(family=family, envelope=b"", found_at=flawed.found_at)
    return Refusal(signature=signature, fault=Fault.MALFORMED, reason=flawed.reason.message)
