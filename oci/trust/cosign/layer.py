"""One signature as a layer: what the layer's annotations say about it (cosign, pkg/oci/static)."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument
from ...spec import field as member
from ...spec import strict_json
from ..attachment import NewLayer
from ..base64_text import decoded
from ..signature import CertificateText, Family, LogPromise, Signature, Timestamp
from ..verdict import Fault, Refusal, refusal_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..attachment import Attached
    from ..signature import KeyEvidence, TimeEvidence

MEDIA_TYPE: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
"""What the document that is signed is stored as."""
SIGNATURE: Final = "dev.cosignproject.cosign/signature"
CERTIFICATE: Final = "dev.sigstore.cosign/certificate"
CHAIN: Final = "dev.sigstore.cosign/chain"
BUNDLE: Final = "dev.sigstore.cosign/bundle"
TIMESTAMP: Final = "dev.sigstore.cosign/rfc3161timestamp"
_STAMP: Final = "SignedRFC3161Timestamp"
MAX_PAYLOAD: Final = 1024 * 1024
"""Bytes that a document may have."""
MAX_ANNOTATION: Final = 1024 * 1024
"""Characters that one of these annotations may have."""


def layer_of(signature: Signature) -> NewLayer:
    """Return the layer to attach for a signature."""
    annotations = {SIGNATURE: base64.b64encode(signature.envelope).decode("ascii")}
    for key in signature.keys:
        if isinstance(key, CertificateText):
            annotations[CERTIFICATE] = key.leaf.decode()
            if key.chain:
                annotations[CHAIN] = key.chain.decode()
    for time in signature.times:
        if isinstance(time, LogPromise):
            annotations[BUNDLE] = time.document.decode()
        if isinstance(time, Timestamp):
            answer = base64.b64encode(time.response).decode("ascii")
            annotations[TIMESTAMP] = json.dumps({_STAMP: answer}, separators=(",", ":"))
    return NewLayer(content=signature.payload, media_type=MEDIA_TYPE, annotations=annotations)


def signature_in(attached: Attached) -> Signature | Refusal:
    """Return the signature in what is attached to an image, unverified, or why there is none in it."""
    link = attached.layer
    layer = NewLayer(content=attached.content, media_type=link.media_type, annotations=link.annotations)
    return signature_of(layer, found_at=attached.found_at)


def signature_of(layer: NewLayer, *, found_at: str) -> Signature | Refusal:
    """Return the signature in a layer, unverified, or why there is none in it."""
    said = layer.annotations
    plain = Signature(family=Family.COSIGN, envelope=b"", payload=layer.content, found_at=found_at)
    names = (SIGNATURE, CERTIFICATE, CHAIN, BUNDLE, TIMESTAMP)
    if len(layer.content) > MAX_PAYLOAD or any(len(said.get(name, "")) > MAX_ANNOTATION for name in names):
        return Refusal(signature=plain, fault=Fault.MALFORMED, reason="it is larger than a signature is")
    if layer.media_type != MEDIA_TYPE:
        reason = f"its layer is {layer.media_type[:100]}, which is no signature"
        return Refusal(signature=plain, fault=Fault.MALFORMED, reason=reason)
    try:
        envelope = base64.b64decode(said.get(SIGNATURE, ""), validate=True)
    except (binascii.Error, ValueError):
        return Refusal(signature=plain, fault=Fault.MALFORMED, reason="it is not base64")
    if not envelope:
        return Refusal(signature=plain, fault=Fault.MALFORMED, reason="its layer has no signature")
    try:
        keys, times = evidence_in(said)
    except InvalidDocument as error:
        return refusal_of(plain, error)
    return Signature(
        family=Family.COSIGN,
        envelope=envelope,
        payload=layer.content,
        keys=keys,
        times=times,
        found_at=found_at,
    )


def evidence_in(said: Mapping[str, str]) -> tuple[tuple[KeyEvidence, ...], tuple[TimeEvidence, ...]]:
    """Return what a layer's annotations say about who made a signature, and when.

    Raises:
        InvalidDocument: One of them cannot be read.
    """
    certificate, chain, bundle = (said.get(name, "").encode() for name in (CERTIFICATE, CHAIN, BUNDLE))
    keys = (CertificateText(certificate, chain),) if certificate else ()
    times: list[TimeEvidence] = [LogPromise(bundle)] if bundle else []
    if said.get(TIMESTAMP):
        where = "timestamp"
        stated = strict_json.load_object(said[TIMESTAMP].encode(), where=where)
        times.append(Timestamp(decoded(member.text(stated, _STAMP, where=where), where)))
    return keys, tuple(times)
