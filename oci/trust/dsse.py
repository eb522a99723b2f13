"""DSSE envelopes: a payload with its type, and signatures over both (DSSE 1.0, protocol.md and envelope.md).

What is signed is not the JSON but an encoding of type and payload in which nothing can be taken for something
else. Key IDs in an envelope are hints, and are not looked at.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument
from ..frozen import field, frozen
from ..spec import field as member
from ..spec import strict_json
from .base64_text import decoded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

IN_TOTO: Final = "application/vnd.in-toto+json"
"""The type of payloads that are statements of in-toto."""
_PREFIX: Final = re.compile(rb"DSSEv1 (0|[1-9][0-9]{0,3}) ", re.ASCII)
_LENGTH: Final = re.compile(rb" (0|[1-9][0-9]{0,9}) ", re.ASCII)
MAX_SIGNATURES: Final = 16
"""Signatures that one envelope may have."""


@frozen(kw_only=True)
class Envelope:
    """An envelope.

    Args:
        kind: What the payload is.
        payload: The payload.
        signatures: The signatures over both.
    """

    kind: str
    payload: bytes = field(repr=False)
    signatures: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def parse(cls, members: Mapping[str, object], *, where: str) -> Envelope:
        """Read the members of an envelope's JSON.

        Args:
            members: The members.
            where: Where it was found, for messages.

        Raises:
            InvalidDocument: It is none.
        """
        made = member.mappings(members, "signatures", where=where)
        if not made or len(made) > MAX_SIGNATURES:
            raise InvalidDocument(f"{where}: an envelope with {len(made)} signatures")
        return cls(
            kind=member.text(members, "payloadType", where=where),
            payload=decoded(member.text(members, "payload", where=where), where),
            signatures=tuple(decoded(member.text(each, "sig", where=where), where) for each in made),
        )

    @classmethod
    def loads(cls, raw: bytes, *, where: str) -> Envelope:
        """Read an envelope that lies by itself; see `parse`."""
        return cls.parse(strict_json.load_object(raw, where=where), where=where)

    @classmethod
    def sign(cls, kind: str, payload: bytes, sign: Callable[[bytes], bytes]) -> Envelope:
        """Make an envelope with one signature.

        Args:
            kind: What the payload is.
            payload: The payload.
            sign: Signs bytes.
        """
        return cls(kind=kind, payload=payload, signatures=(sign(_encoding(kind, payload)),))

    @property
    def signed_content(self) -> bytes:
        """The bytes that every signature is over."""
        return _encoding(self.kind, self.payload)

    def to_json(self) -> dict[str, object]:
        """Return the members to write."""
        return {
            "payloadType": self.kind,
            "payload": base64.b64encode(self.payload).decode("ascii"),
            "signatures": [
                {"keyid": "", "sig": base64.b64encode(each).decode("ascii")} for each in self.signatures
            ],
        }

    def encode(self) -> bytes:
        """Return the envelope as it lies by itself."""
        return json.dumps(self.to_json(), separators=(",", ":")).encode()


def _encoding(kind: str, payload: bytes) -> bytes:
    # PAE of the specification: every part with its length before it.
    named = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(named), named, len(payload), payload)


def payload_in(content: bytes) -> bytes | None:
    """Return the payload in bytes that a signature of an envelope is over; None where they are none such."""
    matched = _PREFIX.match(content)
    if matched is None or len(content) < matched.end() + int(matched[1]):
        return None
    kind = content[matched.end() : matched.end() + int(matched[1])]
    found = _LENGTH.match(content, matched.end() + len(kind))
    if found is None or len(content) != found.end() + int(found[1]):
        return None
    return content[found.end() :]


def kind_in(content: bytes) -> str:
    """Return the payload's type in the same bytes; empty where they are none such."""
    matched = _PREFIX.match(content)
    if matched is None or payload_in(content) is None:
        return ""
    return content[matched.end() : matched.end() + int(matched[1])].decode("utf-8", "replace")
