"""Reading images from anything of a layout's shape: blobs by digest, and an index that lists documents.

A subclass says where the index and the blobs are (a directory, an archive); what a name means, what is
attached to what, and how a document is read follows from these two here.
"""

from __future__ import annotations

import re
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from ...content import Limits, Listed, Opened, Traits, Unknown, VerifiedReader
from ...content.graph import parse_known
from ...errors import InvalidDocument, InvalidValue, NotFound, OciError
from ...spec import Descriptor, Digest, Index, parse_document
from ...spec.attachment import fallback_tag

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...content import Attachments, ByteStream, Name
    from .entry import Entry
    from .listing import Listing

SUBJECT: Final = "org.opencontainers.image.referrer.subject"
"""Annotation of an entry that is the list of a digest's referrers (image-spec, annotations.md)."""

_POSITION: Final = re.compile(r"@(\d{1,9})", re.ASCII)
_ATTACHMENT: Final = re.compile(r"sha(?:256|512)-[0-9a-f]{64,128}(?:\.[a-z]+)?", re.ASCII)
_NAMES_IN_HINT: Final = 10


class Blobs(Protocol):
    """Blobs by digest, wherever they are."""

    def size_of(self, digest: Digest) -> int | None:
        """Return the size in bytes of a blob that is there, or None."""

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified; see `Source.stream`."""

    def read_small(self, digest: Digest, *, limit: int) -> bytes | None:
        """Read a blob whose size is not known, checked; None if it is absent or too large."""


class Facts(NamedTuple):
    """What is worth remembering of a document that was read."""

    descriptor: Descriptor
    subject: Digest | None
    referrer: Descriptor


class LayoutReader(ABC):
    """A source over an index and blobs.

    Args:
        label: How people write this place.
        blobs: The blobs.
        limits: Bounds on what is read.
    """

    traits = Traits(preserves=True, closed=False, concurrent=True)

    def __init__(self, label: str, blobs: Blobs, limits: Limits | None = None) -> None:
        self.label = label
        self.limits = limits or Limits()
        self._blobs = blobs
        self._seen: dict[Digest, Facts | None] = {}
        self._seen_lock = threading.Lock()

    @abstractmethod
    def listing(self) -> Listing:
        """Return what the index lists now."""

    def resolve(self, name: Name) -> Descriptor:
        """Find out what a name stands for.

        Args:
            name: The image's name; ``@N`` for the entry at a position; a digest; None for the only image.

        Raises:
            NotFound: There is no such image, or, for None, more than one.
            InvalidDocument: The index is malformed, or several images have this name.
        """
        if isinstance(name, Digest):
            return self._by_digest(name)
        listing = self.listing()
        if name is None:
            entry = self._only(listing)
        elif position := _POSITION.fullmatch(name):
            entry = self._at(listing, int(position[1]))
        else:
            entry = listing.named(name) or self._unknown(listing, name)
        return self._described(entry)

    def open(self, name: Name) -> Opened:
        """Resolve a name and read its document; raises what `resolve` and `document` do."""
        descriptor = self.resolve(name)
        return Opened(descriptor, self.document(descriptor))

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or an index, verified.

        Raises:
            NotFound: It is not there.
            LimitExceeded: It is larger than a manifest may be.
        """
        with self.fetch(descriptor) as reader:
            return reader.read(limit=self.limits.manifest_bytes)

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there with the size that its descriptor promises."""
        return self._blobs.size_of(descriptor.digest) == descriptor.size

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified; raises `NotFound`, and `SizeMismatch` for another size."""
        return self._blobs.stream(descriptor, offset, length)

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob for reading with its digest and size checked; raises what `stream` does."""
        return VerifiedReader(self.stream(descriptor), descriptor, where=self.label)

    def names(self) -> Iterator[str]:
        """Yield the images' names in alphabetical order."""
        yield from self.listing().names()

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Look through everything listed for documents with this subject.

        The lists that other tools keep under the fallback tag are read too. What is listed but not there
        cannot be attached, and is passed over.
        """
        found: dict[Digest, Descriptor] = {}
        tag = fallback_tag(digest)
        try:
            for entry in self.listing().entries:
                if entry.name == tag or entry.annotation(SUBJECT) == str(digest):
                    found.update((link.digest, link) for link in self._listed_by(entry))
                elif (link := self._attached(entry, digest)) is not None:
                    found.setdefault(link.digest, link)
        except OciError as error:
            return Unknown(error)
        return Listed(
            tuple(link for link in found.values() if artifact_type in {"", link.artifact_type}), via="scan"
        )

    def _by_digest(self, digest: Digest) -> Descriptor:
        if self._blobs.size_of(digest) is not None:
            for entry in self.listing().with_digest(digest):
                return self._described(entry)
            # A document that a listed index links, or that lost its name, is found by its bytes.
            if (facts := self._facts(digest)) is not None:
                return facts.descriptor
        raise NotFound(f"{self.label} has no image {digest}", name=str(digest))

    def _described(self, entry: Entry) -> Descriptor:
        link = entry.descriptor
        if link.media_type:
            return link.bare()
        facts = self._facts(link.digest)
        if facts is None:
            raise InvalidDocument(f"{self.label}: the entry of {link.digest} in index.json has no media type")
        return facts.descriptor

    def _facts(self, digest: Digest) -> Facts | None:
        """Read a document by its digest alone; None where it is absent, or no document that we know."""
        with self._seen_lock:
            if digest in self._seen:
                return self._seen[digest]
        content = self._blobs.read_small(digest, limit=self.limits.manifest_bytes)
        if content is None:
            return None
        facts = _facts(content, digest.algorithm, where=f"{self.label}@{digest}")
        with self._seen_lock:
            self._seen[digest] = facts
        return facts

    def _only(self, listing: Listing) -> Entry:
        entries = listing.entries
        if not _is_one(entries):
            entries = tuple(entry for entry in entries if not self._is_attachment(entry))
        if _is_one(entries):
            return entries[0]
        if not entries:
            raise NotFound(f"{self.label} is empty", name="")
        raise NotFound(
            f"{self.label} holds {len(entries)} images: say which",
            name="",
            hint=_known_names(listing) or "none of them has a name: @0, @1, ... count the entries",
        )

    def _is_attachment(self, entry: Entry) -> bool:
        if entry.annotation(SUBJECT) or _ATTACHMENT.fullmatch(entry.name or ""):
            return True
        if entry.name is not None:
            return False
        facts = self._facts(entry.descriptor.digest)
        return facts is not None and facts.subject is not None

    def _at(self, listing: Listing, position: int) -> Entry:
        if position >= len(listing.entries):
            raise NotFound(
                f"{self.label} has no entry @{position}",
                name=f"@{position}",
                hint=f"there are {len(listing.entries)}, counted from @0",
            )
        return listing.entries[position]

    def _unknown(self, listing: Listing, name: str) -> Entry:
        raise NotFound(
            f"{self.label} has no image named {name[:160]!a}", name=name, hint=_known_names(listing)
        )

    def _listed_by(self, entry: Entry) -> tuple[Descriptor, ...]:
        opened = Opened(entry.descriptor, self.document(entry.descriptor))
        document = parse_known(opened, where=self.label)
        return document.manifests if isinstance(document, Index) else ()

    def _attached(self, entry: Entry, subject: Digest) -> Descriptor | None:
        facts = self._facts(entry.descriptor.digest)
        return facts.referrer if facts is not None and facts.subject == subject else None


def _is_one(entries: tuple[Entry, ...]) -> bool:
    return len({entry.digest_text for entry in entries}) == 1


def _known_names(listing: Listing) -> str:
    names = listing.names()
    if not names:
        return ""
    shown = ", ".join(ascii(name)[1:-1] for name in names[:_NAMES_IN_HINT])
    return f"names: {shown}{', ...' if len(names) > _NAMES_IN_HINT else ''}"


def _facts(content: bytes, algorithm: str, *, where: str) -> Facts | None:
    try:
        document = parse_document(content, algorithm=algorithm, where=where)
    except InvalidValue:
        return None
    subject = None if document.subject is None else document.subject.digest
    return Facts(document.descriptor, subject, document.as_referrer())
