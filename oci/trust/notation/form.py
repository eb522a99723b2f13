"""The forms that an envelope may have, by their media types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InvalidDocument, LimitExceeded
from .cose import read_cose
from .envelope import COSE, JWS, MAX_BYTES
from .jws import read_jws

if TYPE_CHECKING:
    from .envelope import Envelope


def read_envelope(raw: bytes, media_type: str) -> Envelope:
    """Read an envelope.

    Args:
        raw: Its bytes.
        media_type: What it is: `JWS` or `COSE`.

    Raises:
        InvalidDocument: It breaks a rule of its form, or is of another one.
        LimitExceeded: It is too large.
    """
    if len(raw) > MAX_BYTES:
        raise LimitExceeded(limit="signature", allowed=MAX_BYTES, where="envelope")
    if media_type == JWS:
        return read_jws(raw)
    if media_type == COSE:
        return read_cose(raw)
    raise InvalidDocument(f"envelopes of the type {media_type[:80]!a} are not known")
