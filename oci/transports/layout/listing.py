"""What a layout's ``index.json`` lists, as a value: a change returns a new one (image-spec, image-layout.md).

Members and entries that nobody here understands survive every change, in their order. A listing
names the roots: a document that another listed index links needs no entry of its own.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument
from ...spec import media_type, strict_json
from .entry import Entry, entries_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ...spec import Descriptor, Digest

_NEW: Final[dict[str, object]] = {"schemaVersion": 2, "mediaType": media_type.OCI_INDEX, "manifests": []}


class Listing:
    """The entries of an ``index.json``, and its other members.

    Args:
        members: The parsed document; of its ``manifests`` only the place is used.
        entries: The entries.
    """

    def __init__(self, members: Mapping[str, object], entries: tuple[Entry, ...]) -> None:
        self._members = members
        self.entries = entries

    @classmethod
    def empty(cls) -> Listing:
        """Return the listing of a new layout."""
        return cls(_NEW, ())

    @classmethod
    def parse(cls, raw: bytes, *, where: str) -> Listing:
        """Read an ``index.json``.

        Raises:
            InvalidDocument: It is not an index.
        """
        members = strict_json.load_object(raw, where=where)
        if members.get("schemaVersion") != 2:
            raise InvalidDocument(f"{where}: schemaVersion must be 2")
        return cls(members, entries_of(members, where=where))

    def to_bytes(self) -> bytes:
        """Return the document to write."""
        members = {"manifests": None, **self._members} if "manifests" not in self._members else self._members
        return b"{" + b",".join(self._member(key, value) for key, value in members.items()) + b"}"

    def named(self, name: str) -> Entry | None:
        """Return the entry with a name, or None.

        Raises:
            InvalidDocument: Several different documents have this name.
        """
        found = self._by_name.get(name, ())
        if len({entry.digest_text for entry in found}) > 1:
            raise InvalidDocument(
                f"index.json: {len(found)} different images are called {name!r}",
                hint="ask for one by its position (@0, @1, ...) or by its digest",
            )
        return found[0] if found else None

    def with_digest(self, digest: Digest) -> tuple[Entry, ...]:
        """Return the entries of a document."""
        text = str(digest)
        return tuple(entry for entry in self.entries if entry.digest_text == text)

    def names(self) -> list[str]:
        """Return the names in alphabetical order."""
        return sorted(self._by_name)

    def put(
        self, descriptor: Descriptor, names: Collection[str] = (), *, covers: Iterable[Digest] = ()
    ) -> Listing:
        """List a document.

        Args:
            descriptor: The document's link.
            names: Its names; they are taken from whatever had them. With none, the document is listed once,
                unless it is already.
            covers: What the document links: bare entries of these are left out, since this one keeps them.
        """
        text = str(descriptor.digest)
        linked = {str(digest) for digest in covers} | ({text} if names else set())
        wanted = dict.fromkeys(names)
        kept: list[Entry] = []
        for entry in self.entries:
            if entry.name in wanted:
                if entry.digest_text != text or wanted[entry.name] is not None:
                    continue
                wanted[entry.name] = entry
            elif entry.digest_text in linked and entry.is_bare:
                continue
            kept.append(entry)
        kept += [Entry.of(descriptor, name) for name, entry in wanted.items() if entry is None]
        if not names and not any(entry.digest_text == text for entry in kept):
            kept.append(Entry.of(descriptor))
        return self._with(kept)

    def without_name(self, name: str) -> Listing:
        """Return the listing without a name; the document stays where it is, unlisted."""
        return self._with([entry for entry in self.entries if entry.name != name])

    def without_digest(self, digest: Digest) -> Listing:
        """Return the listing without a document, whatever its names."""
        text = str(digest)
        return self._with([entry for entry in self.entries if entry.digest_text != text])

    def annotated(self, key: str) -> Listing:
        """Return the listing with the name of each entry that has one in a further annotation as well."""
        entries = [entry.annotated(key, entry.name) if entry.name else entry for entry in self.entries]
        return self._with(entries)

    def _with(self, entries: list[Entry]) -> Listing:
        # Entries are compared as objects: a listing in which nothing moved is the same listing.
        return self if tuple(entries) == self.entries else Listing(self._members, tuple(entries))

    @cached_property
    def _by_name(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            if entry.name is not None:
                found.setdefault(entry.name, []).append(entry)
        return found

    def _member(self, key: str, value: object) -> bytes:
        if key == "manifests":
            text = b"[" + b",".join(entry.text for entry in self.entries) + b"]"
        else:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return json.dumps(key, ensure_ascii=False).encode() + b":" + text
