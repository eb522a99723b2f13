"""JWS envelopes: flattened JSON, unpadded base64url, one signature (JWS envelope specification; RFC 7515).

Read strictly: members twice, members that nobody knows beside the four, headers in both halves and base64
that two decoders could read differently are refused.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument
from ...spec import strict_json
from .attribute import AGENT, PAYLOAD_TYPE, PREFIX, TIMESTAMP, read_attributes
from .envelope import Envelope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .attribute import Attributes

_WHAT: Final = "JWS envelope"
_MEMBERS: Final = frozenset({"payload", "protected", "header", "signature"})
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def read_jws(raw: bytes) -> Envelope:
    """Read a JWS envelope.

    Raises:
        InvalidDocument: It breaks a rule.
    """
    whole = strict_json.load_object(raw, where=_WHAT)
    unknown = sorted(whole.keys() - _MEMBERS)
    if unknown:
        raise InvalidDocument(f"{_WHAT}: the member {unknown[0][:80]!a} is not known")
    payload, protected = _text(whole, "payload"), _text(whole, "protected")
    members = strict_json.load_object(_decoded(protected, "protected"), where=f"{_WHAT}: protected header")
    header = whole.get("header")
    if not isinstance(header, dict):
        raise InvalidDocument(f"{_WHAT}: there is no unprotected header")
    both = sorted(members.keys() & header.keys())
    if both:
        raise InvalidDocument(f"{_WHAT}: {both[0][:80]!a} is both in the protected header and outside of it")
    agent = header.get(AGENT)
    return Envelope(
        payload=_decoded(payload, "payload"),
        content_type=_text(members, "cty"),
        algorithm=_text(members, "alg"),
        attributes=read_attributes(members, members.get("crit"), _seconds),
        chain=_chain(header.get("x5c")),
        signature=_decoded(_text(whole, "signature"), "signature"),
        signed=f"{protected}.{payload}".encode("ascii"),
        timestamp=_standard(header[TIMESTAMP], TIMESTAMP) if TIMESTAMP in header else b"",
        agent=agent if isinstance(agent, str) else "",
    )


class JwsDraft:
    """A JWS envelope that lacks its signature.

    Args:
        payload: What to sign.
        algorithm: The algorithm's name.
        attributes: What to sign besides.
    """

    def __init__(self, payload: bytes, algorithm: str, attributes: Attributes) -> None:
        members: dict[str, object] = {
            "alg": algorithm,
            "crit": attributes.critical(),
            "cty": PAYLOAD_TYPE,
            **{name: _shown(value) for name, value in attributes.named().items()},
        }
        self._protected = _encoded(json.dumps(members, separators=(",", ":"), sort_keys=True).encode())
        self._payload = _encoded(payload)
        self.to_be_signed = f"{self._protected}.{self._payload}".encode("ascii")
        """What the key has to sign."""

    def seal(self, signature: bytes, chain: Sequence[bytes], *, agent: str, timestamp: bytes = b"") -> bytes:
        """Return the envelope.

        Args:
            signature: The signature.
            chain: The certificates in DER, the signer's first.
            agent: Who we are.
            timestamp: An RFC 3161 token over the signature, or nothing.
        """
        header: dict[str, object] = {AGENT: agent, "x5c": [base64.b64encode(each).decode() for each in chain]}
        if timestamp:
            header[TIMESTAMP] = base64.b64encode(timestamp).decode()
        whole = {
            "payload": self._payload,
            "protected": self._protected,
            "header": header,
            "signature": _encoded(signature),
        }
        return json.dumps(whole, separators=(",", ":")).encode()


def _shown(value: str | int) -> str:
    if isinstance(value, str):
        return value
    return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(value: object) -> int:
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        raise InvalidDocument(f"{_WHAT}: a time is not written as RFC 3339 has it")
    try:
        return int(datetime.fromisoformat(value.upper()).timestamp())
    except (ValueError, OverflowError) as error:
        raise InvalidDocument(f"{_WHAT}: there is no such time as {value}") from error


def _text(members: dict[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value.isascii():
        raise InvalidDocument(f"{_WHAT}: {name} has to be there, and text")
    return value


def _chain(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list):
        raise InvalidDocument(f"{_WHAT}: there are no certificates (x5c)")
    return tuple(_standard(each, "x5c") for each in value)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: str, name: str) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidDocument(f"{_WHAT}: {name} is not base64url") from error
    if _encoded(raw) != text:
        raise InvalidDocument(f"{_WHAT}: {name} is not the base64url that everybody would write")
    return raw


def _standard(value: object, name: str) -> bytes:
    what = name.removeprefix(PREFIX)
    if not isinstance(value, str) or not value.isascii():
        raise InvalidDocument(f"{_WHAT}: {what} is not text")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidDocument(f"{_WHAT}: {what} is not base64") from error
