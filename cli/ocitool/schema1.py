"""What the digest of a signed schema 1 manifest is made of: the bytes that its signatures cover.

Such a manifest carries its signatures inside itself. Each says how many of the document's bytes it covers,
and what followed them before the signatures were put there (Docker, "Image Manifest Version 2, Schema 1",
section "Signed Manifests"). Nothing is verified here.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from oci.errors import InvalidDocument
from oci.spec import field, strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHERE: Final = "schema 1 manifest"


def signed_payload(content: bytes) -> bytes:
    """Return the bytes that the signatures cover, or all bytes of a document that has none.

    Args:
        content: The document; anything that is not a signed schema 1 manifest is returned as it is.

    Raises:
        InvalidDocument: The signatures do not say what they cover.
    """
    try:
        members = strict_json.load_object(content, where=_WHERE)
    except InvalidDocument:
        return content
    if members.get("schemaVersion") != 1 or not members.get("signatures"):
        return content
    signature = field.mappings(members, "signatures", where=_WHERE)[0]
    protected = strict_json.load_object(_decoded(signature, "protected"), where=f"{_WHERE}: protected")
    length = field.integer(protected, "formatLength", where=_WHERE)
    if length is None or not 0 <= length <= len(content):
        raise InvalidDocument(f"{_WHERE}: the signature covers bytes that are not there")
    return content[:length] + _decoded(protected, "formatTail")


def _decoded(members: Mapping[str, object], key: str) -> bytes:
    text = field.text(members, key, where=_WHERE)
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise InvalidDocument(f"{_WHERE}: {key} is not base64url") from error
