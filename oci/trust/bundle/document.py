"""The JSON of a sigstore bundle, versions 0.1 to 0.3 (protobuf-specs, sigstore_bundle.proto).

A bundle has an envelope with one signature of a statement, or a signature of the image's document itself.
Which document that has to be is known to who verifies it: what the bundle says of it is a claim. Members that
are not known are left aside, since none of them can make a bundle prove more.
"""

from __future__ import annotations

import base64
import json
import re
import textwrap
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument
from ...frozen import frozen
from ...spec import Digest, strict_json
from ...spec import field as member
from ..base64_text import decoded
from ..dsse import Envelope
from ..signature import CertificateText, Family, KeyHint, LogEntry, Signature, Timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..signature import KeyEvidence, TimeEvidence

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
"""The version that is written."""
MAX_ENTRIES: Final = 8
"""Entries of logs that one bundle may have."""

_KNOWN: Final = re.compile(
    r"application/vnd\.dev\.sigstore\.bundle(\+json;version=0\.[123]|\.v0\.3\+json)", re.ASCII
)
_MATERIAL: Final = ("publicKey", "certificate", "x509CertificateChain")
_ALGORITHMS: Final = {"SHA2_256": "sha256", "SHA2_512": "sha512"}
_LINE: Final = 64


def is_bundle(media_type: str) -> bool:
    """Tell whether a media type is that of a bundle of a version that is known."""
    return _KNOWN.fullmatch(media_type) is not None


def signature_in_bundle(raw: bytes, *, found_at: str) -> Signature:
    """Read the signature in a bundle, unverified.

    Args:
        raw: The bundle.
        found_at: Where it was found.

    Raises:
        InvalidDocument: It is none, or none that says anything about an image.
    """
    where = "bundle"
    members = strict_json.load_object(raw, where=where)
    if not is_bundle(member.text(members, "mediaType", where=where)):
        raise InvalidDocument(f"{where}: of a version that is not known")
    material = member.mapping(members, "verificationMaterial", where=where) or {}
    evidence = _Evidence(keys=_keys(material, where), times=tuple(_times(material, where)))
    envelope = member.mapping(members, "dsseEnvelope", where=where)
    message = member.mapping(members, "messageSignature", where=where)
    if (envelope is None) == (message is None):
        raise InvalidDocument(f"{where}: it has to have an envelope or a signature, and not both")
    if envelope is None:
        return _of_document(message or {}, evidence, found_at)
    return signature_of(
        Envelope.parse(envelope, where=where),
        family=Family.BUNDLE,
        keys=evidence.keys,
        times=evidence.times,
        found_at=found_at,
    )


@frozen(kw_only=True)
class _Evidence:
    """Who has signed, and when, as a bundle says."""

    keys: tuple[KeyEvidence, ...]
    times: tuple[TimeEvidence, ...]


def _times(material: Mapping[str, object], where: str) -> Iterator[TimeEvidence]:
    entries = member.mappings(material, "tlogEntries", where=where)
    if len(entries) > MAX_ENTRIES:
        raise InvalidDocument(f"{where}: more than {MAX_ENTRIES} entries of logs")
    yield from map(LogEntry, entries)
    data = member.mapping(material, "timestampVerificationData", where=where) or {}
    for each in member.mappings(data, "rfc3161Timestamps", where=where):
        yield Timestamp(decoded(member.text(each, "signedTimestamp", where=where), where))


def _of_document(message: Mapping[str, object], evidence: _Evidence, found_at: str) -> Signature:
    where = "bundle"
    stated = member.mapping(message, "messageDigest", where=where)
    claimed = None
    if stated is not None:
        algorithm = _ALGORITHMS.get(member.text(stated, "algorithm", where=where))
        if algorithm is None:
            raise InvalidDocument(f"{where}: a digest of a kind that names no images")
        digest = decoded(member.text(stated, "digest", where=where), where)
        claimed = Digest(algorithm, digest.hex())
    made = decoded(member.text(message, "signature", where=where), where)
    if not made:
        raise InvalidDocument(f"{where}: no signature is in it")
    return Signature(
        family=Family.BUNDLE,
        envelope=made,
        is_of_document=True,
        claimed_digest=claimed,
        keys=evidence.keys,
        times=evidence.times,
        found_at=found_at,
    )


def signature_of(
    envelope: Envelope,
    *,
    family: Family,
    keys: tuple[KeyEvidence, ...],
    times: tuple[TimeEvidence, ...] = (),
    found_at: str,
) -> Signature:
    """Return the only signature of an envelope.

    Raises:
        InvalidDocument: It has several.
    """
    if len(envelope.signatures) != 1:
        raise InvalidDocument(f"an envelope with {len(envelope.signatures)} signatures in place of one")
    return Signature(
        family=family,
        envelope=envelope.signatures[0],
        payload=envelope.signed_content,
        keys=keys,
        times=times,
        found_at=found_at,
    )


def encode(envelope: Envelope, hint: bytes, stamps: Sequence[bytes] = ()) -> bytes:
    """Return the bundle of an envelope that was signed with a key.

    Args:
        envelope: The envelope.
        hint: Which key: the SHA-256 of it.
        stamps: What authorities have answered that stamped the signature.
    """
    content = envelope.to_json()
    content["signatures"] = [{"sig": base64.b64encode(each).decode("ascii")} for each in envelope.signatures]
    material: dict[str, object] = {"publicKey": {"hint": base64.b64encode(hint).decode("ascii")}}
    if stamps:
        listed = [{"signedTimestamp": base64.b64encode(each).decode("ascii")} for each in stamps]
        material["timestampVerificationData"] = {"rfc3161Timestamps": listed}
    members = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": material,
        "dsseEnvelope": content,
    }
    return json.dumps(members, separators=(",", ":")).encode()


def _keys(material: Mapping[str, object], where: str) -> tuple[KeyEvidence, ...]:
    given = [name for name in _MATERIAL if name in material]
    if len(given) != 1:
        raise InvalidDocument(f"{where}: it does not say in one way who has signed")
    inner = member.mapping(material, given[0], where=where) or {}
    if given[0] == "publicKey":
        return (KeyHint(member.text(inner, "hint", where=where)),)
    listed = [inner]
    if given[0] == "x509CertificateChain":
        listed = member.mappings(inner, "certificates", where=where)
    pem = [_pem(decoded(member.text(each, "rawBytes", where=where), where)) for each in listed]
    if not pem:
        raise InvalidDocument(f"{where}: a chain without certificates")
    return (CertificateText(pem[0], b"".join(pem[1:])),)


def _pem(der: bytes) -> bytes:
    lines = textwrap.fill(base64.b64encode(der).decode("ascii"), _LINE)
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n".encode()
