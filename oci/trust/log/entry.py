"""What a log's entry says was signed, compared with what is at hand.

rekor, pkg/types: ``hashedrekord`` for a signature of bytes, ``dsse`` and ``intoto`` for envelopes. An entry
that is about something else proves nothing here, however well it is proved itself.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument, NotVerified
from ...frozen import field, frozen
from ...spec import field as member
from ...spec import strict_json
from ..verdict import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 1024 * 1024
"""Bytes that the body of an entry may have."""


@frozen(kw_only=True)
class Signed:
    """What the entry has to be about.

    Args:
        content: The bytes that were signed: for an envelope, those of its payload.
        signature: The signature.
        verifier: The public key, or the certificate of the signer, in DER.
    """

    content: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    verifier: bytes = field(repr=False)


def check_record(body: bytes, signed: Signed, *, where: str) -> None:
    """Compare an entry with a signature of bytes.

    Args:
        body: The entry.
        signed: What it must be about.
        where: Where the signature was found, for messages.

    Raises:
        NotVerified: It is about something else, or of another kind.
        InvalidDocument: It cannot be read.
    """
    spec = spec_of(body, ("hashedrekord", "0.0.1"), where=where)
    digest = part(part(spec, "data", where), "hash", where)
    made = part(spec, "signature", where)
    if member.text(digest, "algorithm", where=where) != "sha256" or (
        member.text(digest, "value", where=where) != hashlib.sha256(signed.content).hexdigest()
    ):
        raise about_something_else("other content")
    if decoded(member.text(made, "content", where=where), where) != signed.signature:
        raise about_something_else("another signature")
    key = decoded(member.text(part(made, "publicKey", where), "content", where=where), where)
    if der_of(key, where) != signed.verifier:
        raise about_something_else("another key")


def spec_of(body: bytes, kind: tuple[str, str], *, where: str) -> Mapping[str, object]:
    """Return what an entry of a kind and version says.

    Raises:
        NotVerified: It is of another kind.
        InvalidDocument: It cannot be read.
    """
    if len(body) > MAX_BYTES:
        raise InvalidDocument(f"{where}: the log's entry has more than {MAX_BYTES} bytes")
    entry = strict_json.load_object(body, where=f"{where}: the log's entry")
    found = (member.text(entry, "kind", where=where), member.text(entry, "apiVersion", where=where))
    if found != kind:
        raise about_something_else(f"an entry of the kind {found[0][:40]!a} {found[1][:20]!a}")
    return part(entry, "spec", where)


def part(members: Mapping[str, object], name: str, where: str) -> Mapping[str, object]:
    """Return a member that must be an object.

    Raises:
        InvalidDocument: It is not.
    """
    found = member.mapping(members, name, where=where)
    if found is None:
        raise InvalidDocument(f"{where}: the log's entry has no {name}")
    return found


def decoded(text: str, where: str) -> bytes:
    """Read base64, strictly.

    Raises:
        InvalidDocument: It is not.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidDocument(f"{where}: something in it is not base64") from error


def der_of(pem: bytes, where: str) -> bytes:
    """Return what is inside one block of PEM.

    Raises:
        InvalidDocument: It is not one block.
    """
    lines = pem.decode("ascii", "replace").strip().splitlines()
    if len(lines) < 3 or not (lines[0].startswith("-----BEGIN ") and lines[-1].startswith("-----END ")):
        raise InvalidDocument(f"{where}: the log's entry has no key in PEM")
    return decoded("".join(lines[1:-1]), where)


def about_something_else(what: str) -> NotVerified:
    """Return the error of an entry that is not about the signature at hand."""
    return NotVerified(f"the log's entry is for something else: {what}", fault=Fault.UNRECORDED.value)
