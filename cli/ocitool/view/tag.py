"""Lists of tags: in skopeo's shape, and with what each tag stands for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from oci.transports.name import REGISTRY, ImageName

from ..go_value import Field, Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oci import TagEntry


def tag_list(name: str, tags: Sequence[str]) -> Struct:
    """Return tags as skopeo's ``list-tags`` shows them.

    Args:
        name: The repository, as it was asked for.
        tags: The tags.
    """
    return Struct("main.tagListOutput", _members(name, tags))


def described_list(name: str, entries: Sequence[TagEntry]) -> Struct:
    """Return the same with one more member: what each tag stands for."""
    images = Field("Images", [tag_view(entry) for entry in entries])
    return Struct("main.tagListOutput", (*_members(name, [entry.tag for entry in entries]), images))


def tag_view(entry: TagEntry) -> Struct:
    """Return a tag as JSON and templates see it."""
    return Struct(
        "list.Tag",
        (
            Field("Tag", entry.tag),
            Field("MediaType", entry.descriptor.media_type),
            Field("Digest", str(entry.descriptor.digest)),
            Field("Created", "" if entry.created_s is None else _moment(entry.created_s)),
        ),
    )


def _members(name: str, tags: Sequence[str]) -> tuple[Field, ...]:
    parsed = ImageName.parse(name)
    repository = parsed.location if parsed.transport == REGISTRY else ""
    return Field("Repository", repository, omit_empty=True), Field("Tags", list(tags))


def _moment(seconds: float) -> str:
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
