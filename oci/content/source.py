"""Source: where content is read from. Every transport is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, runtime_checkable

from ..frozen import frozen
from ..spec import Descriptor, Digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..wire.rate_limit import RateLimit
    from .attachment import Attachments
    from .reader import VerifiedReader
    from .stream import ByteStream

Name: TypeAlias = str | Digest | None
"""What a document is asked for by: a name of the source's own kind, a digest, or None for the only one."""


class Opened(NamedTuple):
    """A document that was resolved and read at once."""

    descriptor: Descriptor
    """What it is: the media type it was sent as, its digest and size, verified."""
    content: bytes
    """Its exact bytes."""


@frozen(kw_only=True)
class Traits:
    """What a place promises about what it keeps; the contract suite tests each promise.

    Args:
        preserves: Documents come back with the bytes that went in.
        closed: A document that is there guarantees that everything beneath it is there too.
        concurrent: Several blobs may be read or written at once.
        distant: It is reached over a network, where several connections may move more than one does.
    """

    preserves: bool = True
    closed: bool = False
    concurrent: bool = True
    distant: bool = False


class Source(Protocol):
    """A place that holds one set of named, content-addressed images: a repository, a layout, an archive.

    Methods may be called from several threads at once.
    """

    @property
    def label(self) -> str:
        """How people write this place, such as ``docker://host/repo``; for messages."""

    @property
    def traits(self) -> Traits:
        """What this place promises."""

    def resolve(self, name: Name) -> Descriptor:
        """Find out what a name stands for, without its content.

        Raises:
            NotFound: There is no such name.
        """

    def open(self, name: Name) -> Opened:
        """Resolve a name and read its document, in one request where the place allows it.

        Raises:
            NotFound: There is no such name.
            DigestMismatch: The name is a digest, and the document is not what it names.
        """

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or an index that is linked by a descriptor; verified.

        Raises:
            NotFound: It is not there.
        """

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there. A place that cannot say raises; it never answers no instead."""

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified, from an offset on.

        Args:
            descriptor: The blob.
            offset: Bytes to leave out at the beginning; less than the blob's size, or 0.
            length: Bytes to deliver at most, or None for all that follow.

        Raises:
            NotFound: It is not there.
            Unsupported: Only whole blobs can be read here, and an offset or a length was asked for.
        """

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob for reading with its digest and size checked.

        Raises:
            NotFound: It is not there.
        """

    def close(self) -> None:
        """Release what is held; safe to call more than once."""


@runtime_checkable
class Measures(Protocol):
    """A source that can tell the size of a blob of which only the digest is known."""

    def size_of(self, digest: Digest) -> int | None:
        """Return a blob's size in bytes, or None where the place does not tell.

        Raises:
            NotFound: It is not there.
        """


@runtime_checkable
class ListsNames(Protocol):
    """A source that can say which names it has."""

    def names(self) -> Iterator[str]:
        """Yield the names in a stable order, as they arrive."""


@runtime_checkable
class ListsReferrers(Protocol):
    """A source that can say what is attached to an image."""

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Look for everything whose subject is a digest.

        Args:
            digest: The image's digest.
            artifact_type: Only this kind, or everything.

        Returns:
            `Listed`, also where there is nothing, or `Unknown` where the place could not be asked.
        """


@runtime_checkable
class KeepsSignatures(Protocol):
    """A source that may keep signatures beside its images: registries with containers/image's extension."""

    def signatures(self, digest: Digest) -> tuple[bytes, ...] | None:
        """Return the GPG signatures of an image, or None where the place keeps none of any image.

        Raises:
            OciError: The place could not be asked; that says nothing about what it has.
        """


@runtime_checkable
class TakesSignatures(KeepsSignatures, Protocol):
    """A sink that signatures can be added to, where `signatures` is not None."""

    def add_signature(self, digest: Digest, name: str, content: bytes) -> None:
        """Add a GPG signature of an image.

        Args:
            digest: The image.
            name: A name for it that nobody else uses.
            content: The signature.

        Raises:
            OciError: The place refused.
        """


@runtime_checkable
class StatesRateLimit(Protocol):
    """A place that may say how many requests it still answers."""

    @property
    def rate_limit(self) -> RateLimit | None:
        """What it said last, or None where it has said nothing."""


@runtime_checkable
class IsServedElsewhere(Protocol):
    """A place whose content may come from another one: a mirror, or where the user's settings lead."""

    @property
    def served_by(self) -> str:
        """That other place, as people write it; empty where there is none, or nothing has been read yet."""


def served_by(place: Source) -> str:
    """Return which other place serves a place's content, or an empty string."""
    return place.served_by if isinstance(place, IsServedElsewhere) else ""


def rate_limit_of(place: Source) -> RateLimit | None:
    """Return what a place said last about the requests it still answers, or None where it said nothing."""
    return place.rate_limit if isinstance(place, StatesRateLimit) else None
