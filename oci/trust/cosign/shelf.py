"""Where cosign's signatures lie: with the image, or in a repository that is kept for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...frozen import field, frozen
from ..attachment import AttachmentLimits, append_layers, read_tag, reading_of
from ..signature import Family
from .layer import layer_of, signature_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...content import Sink, Source
    from ...spec import Digest
    from ..signature import Signature, Subject
    from ..verdict import Reading

SUFFIX: Final = "sig"


@frozen(kw_only=True)
class CosignShelf:
    """The signatures in a repository, or in a layout.

    Args:
        source: The place.
        limits: Bounds on what is read.
    """

    source: Source
    limits: AttachmentLimits = field(default_factory=AttachmentLimits)

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image; see `oci.trust.family.Shelf`."""
        return reading_of(
            read_tag(self.source, subject.digest, SUFFIX, self.limits), Family.COSIGN, signature_in
        )


def store(sink: Sink, digest: Digest, signatures: Sequence[Signature]) -> str:
    """Add signatures to those that an image has; see `oci.trust.attachment.append_layers`.

    Returns:
        The tag.
    """
    return append_layers(sink, digest, SUFFIX, [layer_of(signature) for signature in signatures])
