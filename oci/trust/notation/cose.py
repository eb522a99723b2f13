"""COSE envelopes: one tagged COSE_Sign1 message (COSE envelope specification; RFC 9052, section 4.2).

Not known here: COSE hash envelopes, whose payload is a digest of what was signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument
from . import cbor
from .attribute import AGENT, PAYLOAD_TYPE, TIMESTAMP, read_attributes
from .cbor import Tagged
from .envelope import Envelope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .attribute import Attributes

_WHAT: Final = "COSE envelope"
_ALGORITHM, _CRITICAL, _CONTENT_TYPE, _CHAIN = 1, 2, 3, 33
_MAX_TIME_S: Final = 253402300799
"""The last second of the year 9999."""


def read_cose(raw: bytes) -> Envelope:
    """Read a COSE envelope.

    Raises:
        InvalidDocument: It breaks a rule.
    """
    message = cbor.decode(raw, where=_WHAT)
    if not isinstance(message, Tagged) or message.tag != cbor.SIGN1:
        raise InvalidDocument(f"{_WHAT}: it is no tagged COSE_Sign1 message")
    parts = message.value
    if not isinstance(parts, list) or len(parts) != 4:
        raise InvalidDocument(f"{_WHAT}: it has not the four parts of a message")
    protected, outside, payload, signature = parts
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise InvalidDocument(f"{_WHAT}: protected header, payload and signature have to be bytes")
    members = cbor.decode(protected, where=f"{_WHAT}: protected header")
    if not isinstance(members, dict) or not isinstance(outside, dict):
        raise InvalidDocument(f"{_WHAT}: the headers have to be maps")
    both = sorted(map(str, members.keys() & outside.keys()))
    if both:
        raise InvalidDocument(f"{_WHAT}: {both[0][:80]!a} is both in the protected header and outside of it")
    agent = outside.get(AGENT)
    return Envelope(
        payload=payload,
        content_type=_content_type(members),
        algorithm=_algorithm(members),
        attributes=read_attributes(members, members.get(_CRITICAL), _seconds),
        chain=_chain(members.get(_CHAIN, outside.get(_CHAIN))),
        signature=signature,
        signed=_to_be_signed(protected, payload),
        timestamp=_timestamp(outside),
        agent=agent if isinstance(agent, str) else "",
    )


class CoseDraft:
    """A COSE envelope that lacks its signature.

    Args:
        payload: What to sign.
        algorithm: The algorithm's number.
        attributes: What to sign besides.
    """

    def __init__(self, payload: bytes, algorithm: int, attributes: Attributes) -> None:
        members: dict[int | str, object] = {
            _ALGORITHM: algorithm,
            _CRITICAL: attributes.critical(),
            _CONTENT_TYPE: PAYLOAD_TYPE,
        }
        # In the order of their encoded names (RFC 8949, section 4.2.1), which is that of their lengths.
        for name, value in sorted(attributes.named().items(), key=lambda item: (len(item[0]), item[0])):
            members[name] = Tagged(cbor.EPOCH, value) if isinstance(value, int) else value
        self._protected = cbor.encode(members)
        self._payload = payload
        self.to_be_signed = _to_be_signed(self._protected, payload)
        """What the key has to sign."""

    def seal(self, signature: bytes, chain: Sequence[bytes], *, agent: str, timestamp: bytes = b"") -> bytes:
        """Return the envelope; see `oci.trust.notation.jws.JwsDraft.seal`."""
        outside: dict[int | str, object] = {_CHAIN: list(chain), AGENT: agent}
        if timestamp:
            outside[TIMESTAMP] = timestamp
        return cbor.encode(Tagged(cbor.SIGN1, [self._protected, outside, self._payload, signature]))


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    return cbor.encode(["Signature1", protected, b"", payload])


def _content_type(members: dict[object, object]) -> str:
    value = members.get(_CONTENT_TYPE)
    if not isinstance(value, str):
        raise InvalidDocument(f"{_WHAT}: the content type has to be there, and text")
    return value


def _algorithm(members: dict[object, object]) -> int:
    value = members.get(_ALGORITHM)
    if type(value) is not int:
        raise InvalidDocument(f"{_WHAT}: the algorithm has to be there, and a number")
    return value


def _chain(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list):
        raise InvalidDocument(f"{_WHAT}: there are no certificates (x5chain)")
    chain = tuple(each for each in value if isinstance(each, bytes))
    if len(chain) != len(value):
        raise InvalidDocument(f"{_WHAT}: what is among the certificates (x5chain) has to be bytes")
    return chain


def _timestamp(outside: dict[object, object]) -> bytes:
    value = outside.get(TIMESTAMP, b"")
    if not isinstance(value, bytes):
        raise InvalidDocument(f"{_WHAT}: the timestamp has to be bytes")
    return value


def _seconds(value: object) -> int:
    if not isinstance(value, Tagged) or value.tag != cbor.EPOCH or type(value.value) is not int:
        raise InvalidDocument(f"{_WHAT}: a time is not a whole number of seconds with the tag of times")
    if not 0 <= value.value <= _MAX_TIME_S:
        raise InvalidDocument(f"{_WHAT}: there is no such time as {value.value}")
    return value.value
