"""From bytes to a `Manifest` or an `Index`."""

from __future__ import annotations

from ..errors import InvalidDocument
from . import media_type, strict_json
from .digest import Digest
from .document import MAX_BYTES, Document, document_type
from .index import Index
from .manifest import Manifest


def parse_document(
    raw: bytes, *, claimed: str = "", algorithm: str = "sha256", where: str = "manifest"
) -> Document:
    """Read a manifest or an index.

    Args:
        raw: The exact bytes, at most `MAX_BYTES`.
        claimed: The media type that came with them (Content-Type or descriptor); empty when nobody said.
        algorithm: The algorithm to compute the digest with.
        where: What the bytes are, for error messages.

    Returns:
        A `Manifest` or an `Index`.

    Raises:
        InvalidDocument: The bytes are no valid document, are too long, or contradict themselves or the claim.
        UnsupportedMediaType: It is something else, such as a schema 1 manifest.
    """
    if len(raw) > MAX_BYTES:
        raise InvalidDocument(
            f"{where}: {len(raw)} bytes, more than the {MAX_BYTES} that a manifest may have"
        )
    members = strict_json.load_object(raw, where=where)
    kind = document_type(members, claimed=media_type.bare(claimed), where=where)
    digest = Digest.of(raw, algorithm)
    if kind in media_type.INDEXES:
        return Index.from_members(raw, kind, digest, members, where=where)
    return Manifest.from_members(raw, kind, digest, members, where=where)
