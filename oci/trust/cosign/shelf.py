"""Where cosign's signatures lie: with the image, or in a repository that is kept for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...frozen import frozen
from ..attachment import AttachedShelf, AttachmentLimits, append_layers, read_tag
from ..signature import Family
from .layer import layer_of, signature_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...content import Sink, Source
    from ...spec import Digest
    from ..signature import Signature, Subject

SUFFIX: Final = "sig"


def cosign_shelf(source: Source, limits: AttachmentLimits | None = None) -> AttachedShelf:
    """Return the signatures in a repository, or in a layout.

    Args:
        source: The place.
        limits: Bounds on what is read; None for the usual ones.
    """
    return AttachedShelf(
        source=source,
        family=Family.COSIGN,
        gather=lambda source, digest, limits: read_tag(source, digest, SUFFIX, limits),
        signature_in=signature_in,
        limits=limits or AttachmentLimits(),
    )


def store(sink: Sink, digest: Digest, signatures: Sequence[Signature]) -> str:
    """Add signatures to those that an image has; see `oci.trust.attachment.append_layers`.

    Returns:
        The tag.
    """
    return append_layers(sink, digest, SUFFIX, [layer_of(signature) for signature in signatures])


@frozen
class CosignKeeper:
    """The signatures beneath the tags of a place, to add to; implements `oci.trust.family.Keeper`.

    Args:
        sink: The place.
    """

    sink: Sink

    def add(self, subject: Subject, signatures: Sequence[Signature]) -> str:
        """Add signatures of an image."""
        return f"{self.sink.label}:{store(self.sink, subject.digest, signatures)}"
