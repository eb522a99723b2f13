"""Where these signatures lie: in referrers of the image, each a manifest with an envelope as its only layer.

Signature specification, "Storage". What says that a referrer is one may be its artifact type, or, as earlier
versions wrote it, the media type of its configuration.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ...frozen import frozen
from ..attachment import AttachedShelf, AttachmentLimits, attach, read_referrers
from ..certificate.rule import thumbprint
from ..signature import Family, Signature
from .attribute import PREFIX
from .envelope import MAX_BYTES
from .form import read_envelope
from .payload import target_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...content import Sink, Source
    from ...spec import Descriptor
    from ..attachment import Attached
    from ..signature import Subject

ARTIFACT_TYPE: Final = "application/vnd.cncf.notary.signature"
"""The type of referrers with such a signature."""
THUMBPRINTS: Final = f"{PREFIX}x509chain.thumbprint#S256"
"""The annotation with the fingerprints of the certificates; nothing is believed of it."""
LIMITS: Final = AttachmentLimits(blob_bytes=MAX_BYTES)
"""Bounds on what is read of one image."""

_CREATED: Final = "org.opencontainers.image.created"


def notation_shelf(source: Source, limits: AttachmentLimits = LIMITS) -> AttachedShelf:
    """Return the signatures of images in one place.

    Args:
        source: The place.
        limits: Bounds on what is read.
    """
    return AttachedShelf(
        source=source,
        family=Family.NOTATION,
        gather=lambda source, digest, limits: read_referrers(source, digest, is_signature, limits),
        signature_in=_signature,
        limits=limits,
    )


def is_signature(link: Descriptor) -> bool:
    """Tell by a referrer's link whether it is such a signature."""
    return link.artifact_type == ARTIFACT_TYPE


def attach_signature(sink: Sink, subject: Descriptor, signature: Signature) -> Descriptor:
    """Store a signature with the image that it is of.

    Args:
        sink: Where the image is.
        subject: The image.
        signature: The signature, of this family.

    Returns:
        The link to the referrer.

    Raises:
        Unsupported: The place keeps no referrers.
        OciError: Writing failed.
    """
    envelope = read_envelope(signature.envelope, signature.media_type)
    created = datetime.fromtimestamp(envelope.attributes.signed_s, UTC)
    return attach(
        sink,
        subject,
        artifact_type=ARTIFACT_TYPE,
        media_type=signature.media_type,
        content=signature.envelope,
        annotations={
            THUMBPRINTS: json.dumps([thumbprint(each) for each in envelope.chain], separators=(",", ":")),
            _CREATED: created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
    )


@frozen
class NotationKeeper:
    """The signatures among the referrers in a place, to add to; implements `oci.trust.family.Keeper`.

    Args:
        sink: The place.
    """

    sink: Sink

    def add(self, subject: Subject, signatures: Sequence[Signature]) -> str:
        """Add signatures of an image."""
        target = target_of(subject)
        places = [
            f"{self.sink.label}@{attach_signature(self.sink, target, each).digest}" for each in signatures
        ]
        return ", ".join(places)


def _signature(attached: Attached) -> Signature:
    return Signature(
        family=Family.NOTATION,
        envelope=attached.content,
        media_type=attached.layer.media_type,
        found_at=attached.found_at,
    )
