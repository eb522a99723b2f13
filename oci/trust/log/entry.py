"""What a log's entry says was signed, compared with what is at hand.

rekor, pkg/types: ``hashedrekord`` for a signature of bytes, ``dsse`` and ``intoto`` for envelopes; version
0.0.2 of the first two is that of Rekor v2. An entry that is about something else proves nothing here, however
well it is proved itself.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument, NotVerified
from ...frozen import field, frozen
from ...spec import field as member
from ...spec import strict_json
from ..base64_text import decoded
from ..dsse import payload_in
from ..verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_BYTES: Final = 1024 * 1024
"""Bytes that the body of an entry may have."""

_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@frozen(kw_only=True)
class Signed:
    """What the entry has to be about.

    Args:
        content: The bytes that were signed.
        signature: The signature.
        verifier: The public key, or the certificate of the signer, in DER.
    """

    content: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    verifier: bytes = field(repr=False)


def check_entry(body: bytes, signed: Signed, *, where: str) -> None:
    """Compare an entry with a signature.

    Args:
        body: The entry.
        signed: What it must be about.
        where: Where the signature was found, for messages.

    Raises:
        NotVerified: It is about something else, or of a kind that is not known.
        InvalidDocument: It cannot be read.
    """
    if len(body) > MAX_BYTES:
        raise InvalidDocument(f"{where}: the log's entry has more than {MAX_BYTES} bytes")
    entry = strict_json.load_object(body, where=f"{where}: the log's entry")
    kind = (member.text(entry, "kind", where=where), member.text(entry, "apiVersion", where=where))
    read = _KINDS.get(kind)
    if read is None:
        raise _about_something_else(f"an entry of the kind {kind[0][:40]!a} {kind[1][:20]!a}")
    said = read(part(entry, "spec", where), where)
    content = payload_in(signed.content) if said.is_of_payload else signed.content
    if content is None or said.digest != hashlib.sha256(content).digest():
        raise _about_something_else("other content")
    if said.signature != signed.signature:
        raise _about_something_else("another signature")
    if said.verifier != signed.verifier:
        raise _about_something_else("another key")


@frozen(kw_only=True)
class _Said:
    """What an entry says was signed: the SHA-256 of an envelope's payload alone, or of all signed bytes."""

    digest: bytes
    is_of_payload: bool
    signature: bytes
    verifier: bytes


def _hashed_record(spec: Mapping[str, object], where: str) -> _Said:
    digest = part(part(spec, "data", where), "hash", where)
    made = part(spec, "signature", where)
    return _Said(
        digest=_sha256(digest, where),
        is_of_payload=False,
        signature=_bytes(made, "content", where),
        verifier=der_of(_bytes(part(made, "publicKey", where), "content", where), where),
    )


def _envelope(spec: Mapping[str, object], where: str) -> _Said:
    made = _only(member.mappings(spec, "signatures", where=where), where)
    return _Said(
        digest=_sha256(part(spec, "payloadHash", where), where),
        is_of_payload=True,
        signature=_bytes(made, "signature", where),
        verifier=der_of(_bytes(made, "verifier", where), where),
    )


def _statement(spec: Mapping[str, object], where: str) -> _Said:
    content = part(spec, "content", where)
    made = _only(member.mappings(part(content, "envelope", where), "signatures", where=where), where)
    return _Said(
        digest=_sha256(part(content, "payloadHash", where), where),
        is_of_payload=True,
        # Encoded twice, as Rekor has it.
        signature=decoded(_bytes(made, "sig", where).decode("ascii", "replace"), where),
        verifier=der_of(_bytes(made, "publicKey", where), where),
    )


def _hashed_record_2(spec: Mapping[str, object], where: str) -> _Said:
    inner = part(spec, "hashedRekordV002", where)
    made = part(inner, "signature", where)
    return _Said(
        digest=_raw_sha256(part(inner, "data", where), where),
        is_of_payload=False,
        signature=_bytes(made, "content", where),
        verifier=_raw_verifier(made, where),
    )


def _envelope_2(spec: Mapping[str, object], where: str) -> _Said:
    inner = part(spec, "dsseV002", where)
    made = _only(member.mappings(inner, "signatures", where=where), where)
    return _Said(
        digest=_raw_sha256(part(inner, "payloadHash", where), where),
        is_of_payload=True,
        signature=_bytes(made, "content", where),
        verifier=_raw_verifier(made, where),
    )


_KINDS: Final[Mapping[tuple[str, str], Callable[[Mapping[str, object], str], _Said]]] = {
    ("hashedrekord", "0.0.1"): _hashed_record,
    ("dsse", "0.0.1"): _envelope,
    ("intoto", "0.0.2"): _statement,
    ("hashedrekord", "0.0.2"): _hashed_record_2,
    ("dsse", "0.0.2"): _envelope_2,
}


def _sha256(members: Mapping[str, object], where: str) -> bytes:
    text = member.text(members, "value", where=where)
    if member.text(members, "algorithm", where=where) != "sha256" or not _HEX.fullmatch(text):
        raise InvalidDocument(f"{where}: the log's entry has no SHA-256")
    return bytes.fromhex(text)


def _raw_sha256(members: Mapping[str, object], where: str) -> bytes:
    if member.text(members, "algorithm", where=where) != "SHA2_256":
        raise InvalidDocument(f"{where}: the log's entry has no SHA-256")
    return _bytes(members, "digest", where)


def _raw_verifier(made: Mapping[str, object], where: str) -> bytes:
    verifier = part(made, "verifier", where)
    found = [verifier[name] for name in ("publicKey", "x509Certificate") if name in verifier]
    if len(found) != 1 or not isinstance(found[0], dict):
        raise InvalidDocument(f"{where}: the log's entry does not say who has signed")
    return _bytes(found[0], "rawBytes", where)


def _only(made: list[dict[str, object]], where: str) -> dict[str, object]:
    if len(made) != 1:
        raise InvalidDocument(f"{where}: the log's entry has {len(made)} signatures")
    return made[0]


def _bytes(members: Mapping[str, object], name: str, where: str) -> bytes:
    return decoded(member.text(members, name, where=where), where)


def part(members: Mapping[str, object], name: str, where: str) -> Mapping[str, object]:
    """Return a member that must be an object.

    Raises:
        InvalidDocument: It is not.
    """
    found = member.mapping(members, name, where=where)
    if found is None:
        raise InvalidDocument(f"{where}: the log's entry has no {name}")
    return found


def der_of(pem: bytes, where: str) -> bytes:
    """Return what is inside one block of PEM.

    Raises:
        InvalidDocument: It is not one block.
    """
    lines = pem.decode("ascii", "replace").strip().splitlines()
    if len(lines) < 3 or not (lines[0].startswith("-----BEGIN ") and lines[-1].startswith("-----END ")):
        raise InvalidDocument(f"{where}: the log's entry has no key in PEM")
    return decoded("".join(lines[1:-1]), where)


def _about_something_else(what: str) -> NotVerified:
    return NotVerified(f"the log's entry is for something else: {what}", fault=Fault.UNRECORDED.value)
