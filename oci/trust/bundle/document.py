"""The JSON of a sigstore bundle, versions 0.1 to 0.3 (protobuf-specs, sigstore_bundle.proto).

Only bundles of an envelope with one signature are understood: a bare signature says nothing about an image.
Members that are not known are left aside, since none of them can make a bundle prove more.
"""

from __future__ import annotations

import base64
import json
import re
import textwrap
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument
from ...spec import field as member
from ...spec import strict_json
from ..base64_text import decoded
from ..dsse import Envelope
from ..signature import CertificateText, Family, KeyHint, LogEntry, Signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..signature import KeyEvidence

MEDIA_TYPE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
"""The version that is written."""
MAX_ENTRIES: Final = 8
"""Entries of logs that one bundle may have."""

_KNOWN: Final = re.compile(
    r"application/vnd\.dev\.sigstore\.bundle(\+json;version=0\.[123]|\.v0\.3\+json)", re.ASCII
)
_MATERIAL: Final = ("publicKey", "certificate", "x509CertificateChain")
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
    content = member.mapping(members, "dsseEnvelope", where=where)
    if content is None or "messageSignature" in members:
        raise InvalidDocument(f"{where}: no envelope with a statement is in it")
    material = member.mapping(members, "verificationMaterial", where=where) or {}
    entries = member.mappings(material, "tlogEntries", where=where)
    if len(entries) > MAX_ENTRIES:
        raise InvalidDocument(f"{where}: more than {MAX_ENTRIES} entries of logs")
    return signature_of(
        Envelope.parse(content, where=where),
        family=Family.BUNDLE,
        keys=_keys(material, where),
        times=tuple(LogEntry(each) for each in entries),
        found_at=found_at,
    )


def signature_of(
    envelope: Envelope,
    *,
    family: Family,
    keys: tuple[KeyEvidence, ...],
    times: tuple[LogEntry, ...] = (),
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


def encode(envelope: Envelope, hint: bytes) -> bytes:
    """Return the bundle of an envelope that was signed with a key.

    Args:
        envelope: The envelope.
        hint: Which key: the SHA-256 of it.
    """
    content = envelope.to_json()
    content["signatures"] = [{"sig": base64.b64encode(each).decode("ascii")} for each in envelope.signatures]
    members = {
        "mediaType": MEDIA_TYPE,
        "verificationMaterial": {"publicKey": {"hint": base64.b64encode(hint).decode("ascii")}},
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
