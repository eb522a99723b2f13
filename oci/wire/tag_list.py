"""Answers to tags/list (distribution-spec, "Listing Tags"): only what is a tag is ever used as one.

Registries list more than tags: digests (Artifactory), the pseudo-tag ``_uploads`` (Artifactory), ``null`` in
place of a list (Nexus), names that their own grammar forbids. A name that is no tag is left out and
reported, since one of them must not hide all the others; it is never used, not even in a URL (CVE-2024-3727).
"""

from __future__ import annotations

from typing import Final

from ..errors import InvalidDocument, InvalidReference
from ..frozen import frozen
from ..spec import strict_json
from ..spec.reference import check_tag
from .printable import printable

PSEUDO_TAGS: Final = frozenset({"_uploads"})
"""Names that have a tag's form but are a registry's own bookkeeping."""

MAX_SKIPPED: Final = 100
"""Names that are reported as left out; more are left out silently."""


@frozen
class TagPage:
    """One page of a listing.

    Args:
        tags: The tags in the registry's order, each once.
        skipped: Names that are no tags, in printable characters, for a warning.
    """

    tags: tuple[str, ...]
    skipped: tuple[str, ...] = ()


def parse_tags(body: bytes, *, where: str) -> TagPage:
    """Read one page.

    Args:
        body: The answer's bytes.
        where: The listing, for error messages.

    Raises:
        InvalidDocument: It is no listing.
    """
    entries = strict_json.load_object(body, where=where).get("tags")
    if entries is None:
        return TagPage(())
    if not isinstance(entries, list):
        raise InvalidDocument(f"{where}: tags must be an array")
    tags: dict[str, None] = {}
    skipped: list[str] = []
    for entry in entries:
        if isinstance(entry, str) and _is_tag(entry):
            tags[entry] = None
        elif len(skipped) < MAX_SKIPPED:
            skipped.append(
                printable(entry if isinstance(entry, str) else f"({type(entry).__name__})", limit=100)
            )
    return TagPage(tuple(tags), tuple(skipped))


def _is_tag(text: str) -> bool:
    if text in PSEUDO_TAGS:
        return False
    try:
        check_tag(text)
    except InvalidReference:
        return False
    return True
