"""The index under the fallback tag, which lists referrers where a registry has no API for them.

Source: distribution-spec, "Referrers Tag Schema" and "Pushing Manifests with Subject". The tag's name is
`spec.attachment.fallback_tag`. Clients keep the index: whoever pushes a manifest with a subject, and gets no
OCI-Subject in the answer, reads it, adds the manifest and writes it again. Two of them at once lose one
entry; that is the schema's weakness, and the reason to read it again after writing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..errors import InvalidDocument
from ..spec import Index, parse_document
from ..spec.media_type import OCI_INDEX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..spec import Descriptor, Digest


def parse_referrer_index(content: bytes | None, *, claimed: str = "", where: str) -> tuple[Descriptor, ...]:
    """Return the links in the index under a fallback tag.

    Args:
        content: The index, or None where there is no such tag: then nothing is attached.
        claimed: The media type that it came with.
        where: The tag, for error messages.

    Raises:
        InvalidDocument: There is something else under the tag; it must be neither read nor written over.
        UnsupportedMediaType: The same.
    """
    if content is None:
        return ()
    document = parse_document(content, claimed=claimed, where=where)
    if not isinstance(document, Index):
        raise InvalidDocument(f"{where}: a manifest, where an index of referrers was expected")
    return document.manifests


def with_referrer(present: Iterable[Descriptor], added: Descriptor) -> bytes | None:
    """Return the index to write when a referrer was pushed, or None where it is listed already.

    Args:
        present: What `parse_referrer_index` returned.
        added: The referrer as `spec.Document.as_referrer` describes it.
    """
    links = tuple(present)
    if any(link.digest == added.digest for link in links):
        return None
    return _index((*links, added))


def without_referrer(present: Iterable[Descriptor], removed: Digest) -> bytes | None:
    """Return the index to write when a referrer was deleted, or None where it was not listed."""
    links = tuple(present)
    kept = tuple(link for link in links if link.digest != removed)
    return None if len(kept) == len(links) else _index(kept)


def is_tracked(subject_field: str | None, subject: Digest) -> bool:
    """Tell whether a registry keeps the list itself, by the OCI-Subject field of its answer to the push."""
    return subject_field is not None and subject_field.strip() == str(subject)


def _index(links: tuple[Descriptor, ...]) -> bytes:
    members = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [link.to_json() for link in links]}
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()
