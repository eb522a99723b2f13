"""What came of a transfer, or would come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frozen import frozen

if TYPE_CHECKING:
    from ..spec import Descriptor
    from ..wire.rate_limit import RateLimit
    from .event import Outcome


@frozen(kw_only=True)
class BlobResult:
    """What became of one blob.

    Args:
        descriptor: The blob.
        outcome: How it came to be at the destination.
        moved: Bytes that were moved for it.
        verified_here: False where the destination's own check was the verdict.
    """

    descriptor: Descriptor
    outcome: Outcome
    moved: int
    verified_here: bool = True


@frozen
class Change:
    """What became of something that was changed on its way.

    Args:
        before: What it is at the source.
        after: What it is at the destination; None in a plan, where only doing it can tell.
    """

    before: Descriptor
    after: Descriptor | None


@frozen(kw_only=True)
class CopyResult:
    """What a copy did.

    Args:
        root: The document that the destination's name stands for now.
        names: The names it was given.
        documents: All documents published, children first, the root among them.
        blobs: All blobs, in the order in which they were finished.
        attached: What was copied because it is attached to the image: links to their documents.
        source_rate_limit: What the source said last about the requests that it still answers, or None.
        destination_rate_limit: What the destination said.
        changes: What was changed on the way, layers and documents, in the order in which it was done.
        served_by: The mirror, or the other place, that the image came from; empty where that is the one that
            was named.
    """

    root: Descriptor
    names: tuple[str, ...]
    documents: tuple[Descriptor, ...]
    blobs: tuple[BlobResult, ...]
    attached: tuple[Descriptor, ...] = ()
    source_rate_limit: RateLimit | None = None
    destination_rate_limit: RateLimit | None = None
    changes: tuple[Change, ...] = ()
    served_by: str = ""

    @property
    def own_documents(self) -> tuple[Descriptor, ...]:
        """The documents of the image itself, each once: not those that are attached to it."""
        attached = {link.digest for link in self.attached}
        found = {each.digest: each for each in (*self.documents, self.root)}
        return tuple(each for digest, each in found.items() if digest not in attached)

    @property
    def moved(self) -> int:
        """Bytes of blobs that were moved."""
        return sum(blob.moved for blob in self.blobs)


@frozen(kw_only=True)
class PlannedBlob:
    """What a copy would do with one blob.

    Args:
        descriptor: The blob.
        action: ``sent`` (the bytes move), ``mounted`` (a mount will be tried; it may be declined) and so on.
        becomes: The media type of what is sent instead, for a layer that is compressed anew, or an empty
            string. Its size is known only when that is done; then it may turn out to be there already.
    """

    descriptor: Descriptor
    action: Outcome
    becomes: str = ""


@frozen(kw_only=True)
class Plan:
    """What a copy would do.

    Args:
        root: The document that the destination's name would stand for; what the source has, where ``changes``
            say that only doing it can tell.
        names: The names it would be given.
        documents: The documents that would be published, children first.
        blobs: The blobs, in the order of the walk.
        changes: What would be changed: the layers that would be compressed anew, and the documents.
        requests: Requests that the destination and the source would be asked, at least; 0 for local places.
    """

    root: Descriptor
    names: tuple[str, ...]
    documents: tuple[Descriptor, ...]
    blobs: tuple[PlannedBlob, ...]
    requests: int
    changes: tuple[Change, ...] = ()

    def size(self, action: Outcome) -> int:
        """Return the bytes of all blobs with which the same would be done, those `recompressed` left out."""
        return sum(b.descriptor.size for b in self.blobs if b.action is action and not b.becomes)

    def count(self, action: Outcome) -> int:
        """Return the number of blobs with which the same would be done, those `recompressed` left out."""
        return sum(blob.action is action and not blob.becomes for blob in self.blobs)

    @property
    def recompressed(self) -> tuple[PlannedBlob, ...]:
        """The layers that would be compressed anew; their sizes are those before."""
        return tuple(blob for blob in self.blobs if blob.becomes)
