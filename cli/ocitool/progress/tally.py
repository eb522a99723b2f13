"""The count of what a transfer has found, moved and finished, kept from its events."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from oci.transfer.event import Advanced, Discovered, Finished, Outcome, Published, Read, Replaced, Started

if TYPE_CHECKING:
    from oci.spec import Descriptor, Digest
    from oci.transfer.event import Event


class Blob:
    """How far one blob is.

    Args:
        descriptor: The blob.
    """

    __slots__ = ("began_s", "descriptor", "in_place", "moved", "outcome")

    def __init__(self, descriptor: Descriptor) -> None:
        self.descriptor = descriptor
        self.in_place = 0
        """Bytes that are at the destination."""
        self.began_s: float | None = None
        """When its bytes began to move, or None."""
        self.outcome: Outcome | None = None
        """How it came there, once it is finished."""
        self.moved = 0
        """Bytes that were moved for it, once it is finished."""

    @property
    def is_moving(self) -> bool:
        """Whether bytes of it are on their way."""
        return self.began_s is not None and self.outcome is None


class Tally:
    """Everything that can be said about a transfer at one moment.

    Args:
        now_s: When it began, on the clock that all times here are of.
    """

    def __init__(self, now_s: float) -> None:
        self.began_s = now_s
        self.blobs: dict[Digest, Blob] = {}
        self.documents: set[Digest] = set()
        """Manifests and indexes that were published, each once, however many names it got."""
        self.advanced = 0
        """Bytes that this run has moved so far, those that had to be moved twice included."""

    def take(self, event: Event, now_s: float) -> None:
        """Count an event."""
        match event:
            case Discovered(is_document=False):
                self._blob(event.descriptor)
            case Started():
                blob = self._blob(event.descriptor)
                blob.in_place = event.offset
                blob.began_s = now_s
            case Advanced():
                self._blob(event.descriptor).in_place += event.count
                self.advanced += event.count
            case Read():
                blob = self._blob(event.descriptor)
                blob.in_place += event.count
                blob.began_s = blob.began_s or now_s
            case Replaced():
                self.blobs.pop(event.before.digest, None)
            case Finished():
                blob = self._blob(event.descriptor)
                blob.in_place = event.descriptor.size
                blob.outcome = event.outcome
                blob.moved = event.moved
            case Published():
                self.documents.add(event.descriptor.digest)
            case _:
                pass

    @property
    def published(self) -> int:
        """How many manifests and indexes were published."""
        return len(self.documents)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say, since nothing was found."""
        return not self.blobs and not self.published

    @property
    def size(self) -> int:
        """Bytes of all blobs found so far."""
        return sum(blob.descriptor.size for blob in self.blobs.values())

    @property
    def in_place(self) -> int:
        """Bytes of them that are at the destination."""
        return sum(blob.in_place for blob in self.blobs.values())

    @property
    def moved(self) -> int:
        """Bytes that were moved for the blobs that are finished."""
        return sum(blob.moved for blob in self.blobs.values())

    @property
    def finished(self) -> int:
        """Blobs that need nothing more."""
        return sum(self.outcomes().values())

    def outcomes(self) -> Counter[Outcome]:
        """Count the finished blobs by how they came to the destination."""
        return Counter(blob.outcome for blob in self.blobs.values() if blob.outcome is not None)

    def moving(self) -> list[Blob]:
        """Return the blobs whose bytes are on their way, in the order in which they were found."""
        return [blob for blob in self.blobs.values() if blob.is_moving]

    def _blob(self, descriptor: Descriptor) -> Blob:
        return self.blobs.setdefault(descriptor.digest, Blob(descriptor))
