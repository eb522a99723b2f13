"""One entry of a layout's ``index.json``: kept as it was written, understood as far as anybody asks."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument
from ...spec import Descriptor
from .ref_name import REF_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

_BARE: Final = frozenset({"mediaType", "digest", "size"})


class Entry:
    """A link from a layout's index, with all of its members.

    It may be of a kind that this library does not understand: it is carried all the same.

    Args:
        members: The entry as it was parsed.
    """

    def __init__(self, members: Mapping[str, object]) -> None:
        self.members = members

    @classmethod
    def of(cls, descriptor: Descriptor, name: str | None = None) -> Entry:
        """Make the entry for a document.

        Args:
            descriptor: The document's link.
            name: Its name, or None for an entry that only lists it.
        """
        members = descriptor.bare().to_json()
        if name is not None:
            members["annotations"] = {REF_NAME: name}
        return cls(members)

    @cached_property
    def descriptor(self) -> Descriptor:
        """The link.

        Raises:
            InvalidDocument: The entry is not a descriptor.
            InvalidDigest: Its digest is malformed, or of an algorithm that we do not know.
        """
        return Descriptor.from_json(self.members, where=f"index.json: entry {self.digest_text or self.name}")

    @cached_property
    def text(self) -> bytes:
        """The entry as JSON."""
        return json.dumps(self.members, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def digest_text(self) -> str:
        """The digest as it stands there; not checked."""
        digest = self.members.get("digest")
        return digest if isinstance(digest, str) else ""

    @property
    def name(self) -> str | None:
        """The image's name, or None."""
        return self.annotation(REF_NAME) or None

    @property
    def is_bare(self) -> bool:
        """Tell whether the entry says nothing but that the document is there."""
        return _BARE.issuperset(self.members)

    def annotated(self, key: str, value: str) -> Entry:
        """Return the entry with an annotation set."""
        if self.annotation(key) == value:
            return self
        annotations = self.members.get("annotations")
        known = annotations if isinstance(annotations, dict) else {}
        return Entry({**self.members, "annotations": {**known, key: value}})

    def annotation(self, key: str) -> str:
        """Return an annotation, or an empty string."""
        annotations = self.members.get("annotations")
        value = annotations.get(key) if isinstance(annotations, dict) else None
        return value if isinstance(value, str) else ""


def entries_of(members: Mapping[str, object], *, where: str) -> tuple[Entry, ...]:
    """Return the entries of a parsed ``index.json``.

    Raises:
        InvalidDocument: It has no list of objects where they should be.
    """
    found = members.get("manifests")
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InvalidDocument(f"{where}: manifests must be an array of objects")
    return tuple(Entry(item) for item in found)
