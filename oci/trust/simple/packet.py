"""The framing of OpenPGP messages, looked at before gpg is: one signed message, and nothing beside it.

RFC 4880, sections 4.2 (packets) and 11.3 (messages). Allowed is a literal with one signature, in one
compressed packet or none. Cleartext, armor, detached signatures, encrypted messages, several
signatures and whatever follows the message are refused here, so that there is never a question which of
several things gpg has verified. Nothing is verified here.
"""

from __future__ import annotations

import bz2
import zlib
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument, LimitExceeded
from ...frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 4 * 1024 * 1024
"""Bytes that a signature may have."""
MAX_PAYLOAD_BYTES: Final = 1024 * 1024
"""Bytes that may come out of it."""

_SIGNATURE, _ONE_PASS, _COMPRESSED, _LITERAL = 2, 4, 8, 11
_MESSAGES: Final = ((_ONE_PASS, _LITERAL, _SIGNATURE), (_SIGNATURE, _LITERAL))
_WHAT: Final = "OpenPGP message"


@frozen
class SignedMessage:
    """A message as it is framed.

    Args:
        literal: What was signed; unverified.
        key_id: The key that it says it was signed with, or an empty string.
    """

    literal: bytes
    key_id: str


def read_message(raw: bytes) -> SignedMessage:
    """Read the framing of a signed message.

    Args:
        raw: The signature's bytes.

    Raises:
        InvalidDocument: It is anything else than one signed message.
        LimitExceeded: It is too large, or what comes out of it is.
    """
    if len(raw) > MAX_BYTES:
        raise LimitExceeded(limit="signature", allowed=MAX_BYTES, where=_WHAT)
    packets = list(_packets(raw))
    if [tag for tag, _ in packets] == [_COMPRESSED]:
        packets = list(_packets(_inflated(packets[0][1])))
    tags = tuple(tag for tag, _ in packets)
    if tags not in _MESSAGES:
        raise InvalidDocument(f"{_WHAT}: not one signed message, but packets {', '.join(map(str, tags[:8]))}")
    bodies = dict(packets)
    one_pass = bodies.get(_ONE_PASS, b"")
    return SignedMessage(_literal(bodies[_LITERAL]), one_pass[4:12].hex().upper())


def _packets(raw: bytes) -> Iterator[tuple[int, bytes]]:
    if not raw:
        raise InvalidDocument(f"{_WHAT}: empty")
    position = 0
    while position < len(raw):
        head = raw[position]
        if not head & 0x80:
            raise InvalidDocument(
                f"{_WHAT}: no packet at byte {position}; armor and cleartext are not allowed"
            )
        position += 1
        if head & 0x40:
            body, position = _new_body(raw, position)
            yield head & 0x3F, body
        else:
            body, position = _old_body(raw, position, head & 3)
            yield (head >> 2) & 0x0F, body


def _old_body(raw: bytes, position: int, kind: int) -> tuple[bytes, int]:
    if kind == 3:
        return raw[position:], len(raw)
    width = 1 << kind
    length = int.from_bytes(_cut(raw, position, width), "big")
    return _cut(raw, position + width, length), position + width + length


def _new_body(raw: bytes, position: int) -> tuple[bytes, int]:
    parts = []
    while True:
        first = _cut(raw, position, 1)[0]
        if first < 192:
            length, position, is_partial = first, position + 1, False
        elif first < 224:
            length = ((first - 192) << 8) + _cut(raw, position + 1, 1)[0] + 192
            position, is_partial = position + 2, False
        elif first == 255:
            length = int.from_bytes(_cut(raw, position + 1, 4), "big")
            position, is_partial = position + 5, False
        else:
            length, position, is_partial = 1 << (first & 0x1F), position + 1, True
        parts.append(_cut(raw, position, length))
        position += length
        if not is_partial:
            return b"".join(parts), position


def _cut(raw: bytes, position: int, length: int) -> bytes:
    part = raw[position : position + length]
    if len(part) != length:
        raise InvalidDocument(f"{_WHAT}: truncated at byte {len(raw)}")
    return part


def _inflated(body: bytes) -> bytes:
    kind, packed = _cut(body, 0, 1)[0], body[1:]
    try:
        if kind == 3:
            bunzip = bz2.BZ2Decompressor()
            content, is_whole = bunzip.decompress(packed, MAX_PAYLOAD_BYTES + 1), bunzip.eof
            rest = bunzip.unused_data
        elif kind in {1, 2}:
            inflate = zlib.decompressobj(-15 if kind == 1 else 15)
            content = inflate.decompress(packed, MAX_PAYLOAD_BYTES + 1)
            is_whole, rest = inflate.eof, inflate.unused_data
        else:
            raise InvalidDocument(f"{_WHAT}: compressed in an unknown way, {kind}")
    except (zlib.error, OSError) as error:
        raise InvalidDocument(f"{_WHAT}: cannot be decompressed: {error}") from error
    if len(content) > MAX_PAYLOAD_BYTES:
        raise LimitExceeded(limit="signature payload", allowed=MAX_PAYLOAD_BYTES, where=_WHAT)
    if not is_whole or rest:
        raise InvalidDocument(f"{_WHAT}: the compressed packet is truncated, or something follows in it")
    return content


def _literal(body: bytes) -> bytes:
    length = _cut(body, 1, 1)[0]
    name = _cut(body, 2, length)
    if not name.isascii() or not name.decode().isprintable():
        # gpg prints it: what is in it must not look like a line of its own.
        raise InvalidDocument(f"{_WHAT}: the file name in it has control characters")
    _cut(body, 2 + length, 4)
    content = body[6 + length :]
    if len(content) > MAX_PAYLOAD_BYTES:
        raise LimitExceeded(limit="signature payload", allowed=MAX_PAYLOAD_BYTES, where=_WHAT)
    return content
