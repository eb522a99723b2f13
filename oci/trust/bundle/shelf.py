"""Where statements about an image lie: beneath its ``.att`` tag, and in the bundles that refer to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import InvalidValue
from ...frozen import replace
from ..attachment import AttachedShelf, AttachmentLimits, append_layers, attach, read_referrers, read_tag
from ..attachment.tag import NewLayer
from ..cosign.layer import evidence_in
from ..dsse import Envelope
from ..signature import Family, Signature
from ..verdict import Fault, Refusal, refusal_of
from .document import MEDIA_TYPE, encode, is_bundle, signature_in_bundle, signature_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...content import Sink, Source
    from ...spec import Descriptor
    from ..attachment import Attached

SUFFIX: Final = "att"
ENVELOPE_TYPE: Final = "application/vnd.dsse.envelope.v1+json"
"""What an envelope is stored as that lies by itself."""

_ANY_BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
_SIGNATURE: Final = "dev.cosignproject.cosign/signature"


def attestation_shelf(source: Source, limits: AttachmentLimits | None = None) -> AttachedShelf:
    """Return the attestations of images beneath cosign's tag.

    Args:
        source: The place.
        limits: Bounds on what is read; None for the usual ones.
    """
    return AttachedShelf(
        source=source,
        family=Family.ATTESTATION,
        gather=lambda source, digest, limits: read_tag(source, digest, SUFFIX, limits),
        signature_in=_in_layer,
        limits=limits or AttachmentLimits(),
    )


def bundle_shelf(source: Source, limits: AttachmentLimits | None = None) -> AttachedShelf:
    """Return the bundles that refer to images, signatures and attestations.

    Args:
        source: The place.
        limits: Bounds on what is read; None for the usual ones.
    """
    return AttachedShelf(
        source=source,
        family=Family.BUNDLE,
        gather=lambda source, digest, limits: read_referrers(source, digest, is_bundle_link, limits),
        signature_in=_in_referrer,
        limits=limits or AttachmentLimits(),
    )


def store_attestation(sink: Sink, subject: Descriptor, envelope: Envelope, predicate_type: str) -> str:
    """Add a statement to those beneath an image's ``.att`` tag.

    Returns:
        The tag.
    """
    said = {_SIGNATURE: "", "predicateType": predicate_type}
    layer = NewLayer(content=envelope.encode(), media_type=ENVELOPE_TYPE, annotations=said)
    return append_layers(sink, subject.digest, SUFFIX, [layer])


def store_bundle(
    sink: Sink,
    subject: Descriptor,
    envelope: Envelope,
    predicate_type: str,
    *,
    hint: bytes,
    created: str,
    stamps: Sequence[bytes] = (),
) -> Descriptor:
    """Attach a statement to an image as a bundle.

    Args:
        sink: Where the image is.
        subject: The image.
        envelope: The statement, signed with a key.
        predicate_type: What kind of statement it is, for listings.
        hint: Which key.
        created: When, as RFC 3339 has it.
        stamps: What authorities have answered that stamped the signature.

    Returns:
        The link to the referrer.
    """
    content = encode(envelope, hint, stamps)
    return attach_bundle(sink, subject, content, predicate_type=predicate_type, created=created)


def attach_bundle(
    sink: Sink, subject: Descriptor, content: bytes, *, predicate_type: str, created: str
) -> Descriptor:
    """Attach a bundle of an envelope to an image.

    Args:
        sink: Where the image is.
        subject: The image.
        content: The bundle.
        predicate_type: What kind of statement is in it, for listings.
        created: When, as RFC 3339 has it.

    Returns:
        The link to the referrer.
    """
    return attach(
        sink,
        subject,
        artifact_type=MEDIA_TYPE,
        media_type=MEDIA_TYPE,
        content=content,
        annotations={
            "dev.sigstore.bundle.content": "dsse-envelope",
            "dev.sigstore.bundle.predicateType": predicate_type,
            "org.opencontainers.image.created": created,
        },
    )


def is_bundle_link(link: Descriptor) -> bool:
    """Tell by a referrer's link whether it is a bundle."""
    return link.artifact_type.startswith(_ANY_BUNDLE)


def _in_referrer(attached: Attached) -> Signature | Refusal:
    plain = Signature(family=Family.BUNDLE, envelope=b"", found_at=attached.found_at)
    if not is_bundle(attached.layer.media_type):
        reason = f"its layer is {attached.layer.media_type[:100]}, which is no known bundle"
        return Refusal(signature=plain, fault=Fault.MALFORMED, reason=reason)
    try:
        return signature_in_bundle(attached.content, found_at=attached.found_at)
    except InvalidValue as error:
        return refusal_of(plain, error)


def _in_layer(attached: Attached) -> Signature | Refusal:
    plain = Signature(family=Family.ATTESTATION, envelope=b"", found_at=attached.found_at)
    if attached.layer.media_type != ENVELOPE_TYPE:
        reason = f"its layer is {attached.layer.media_type[:100]}, which is no envelope"
        return Refusal(signature=plain, fault=Fault.MALFORMED, reason=reason)
    try:
        envelope = Envelope.loads(attached.content, where="attestation")
        keys, times = evidence_in(attached.layer.annotations)
        found = signature_of(envelope, family=Family.ATTESTATION, keys=keys, found_at=attached.found_at)
    except InvalidValue as error:
        return refusal_of(plain, error)
    return replace(found, times=times)
