"""Base64 in documents, read strictly: what does not belong there is not skipped."""

from __future__ import annotations

import base64
import binascii

from ..errors import InvalidDocument


def decoded(text: str, where: str) -> bytes:
    """Read base64, strictly.

    Raises:
        InvalidDocument: It is not.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidDocument(f"{where}: something in it is not base64") from error
