"""A shelf of signatures that are attached to images, in whichever of the two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...frozen import field, frozen
from .gathering import AttachmentLimits
from .reading import reading_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...content import Source
    from ...spec import Digest
    from ..signature import Family, Signature, Subject
    from ..verdict import Reading, Refusal
    from .gathering import Attached, Gathering


@frozen(kw_only=True)
class AttachedShelf:
    """The signatures of one family in a repository, or in a layout; implements `oci.trust.family.Shelf`.

    Args:
        source: The place.
        family: Of which family they are.
        gather: Reads what is attached to a digest.
        signature_in: Returns the signature in one thing, unverified, or why there is none in it.
        limits: Bounds on what is read.
    """

    source: Source
    family: Family
    gather: Callable[[Source, Digest, AttachmentLimits], Gathering]
    signature_in: Callable[[Attached], Signature | Refusal]
    limits: AttachmentLimits = field(default_factory=AttachmentLimits)

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image."""
        return reading_of(
            self.gather(self.source, subject.digest, self.limits), self.family, self.signature_in
        )
