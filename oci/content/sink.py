"""Sink: where content is stored. Children come before parents, and a name comes last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ..errors import TransportError
from .source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from _typeshed import ReadableBuffer

    from ..spec import Descriptor
    from .source import Name, Opened


class Rewound(TransportError):
    """The destination stands, and wants bytes again from where `Writer.recover` says; no reason to wait."""


class Writer(Protocol):
    """One blob on its way into a sink. It cannot be seen there before `commit` has returned.

    The writer checks what it is given against the descriptor; nobody else has to. Exactly one of `commit`,
    `suspend` and `abort` ends it.
    """

    @property
    def offset(self) -> int:
        """Bytes that are in place already: the next `write` continues there. More than 0 after a restart."""

    @property
    def verified_here(self) -> bool:
        """Tell whether this process has hashed every byte.

        False for an upload that was continued without its first part at hand: then the
        destination's own check of the digest is the verdict.
        """

    def write(self, data: ReadableBuffer, /) -> None:
        """Store the next bytes.

        Raises:
            SizeMismatch: They are more than the descriptor promises.
            DigestMismatch: They are the last ones, and not what it promises; not every writer waits for
                `commit` to say so.
            TransportError: The destination broke off; `recover` may help.
            StorageError: The disk is full, or will not be written.
        """

    def recover(self) -> None:
        """Make the writer usable again after a `TransportError`; `offset` then says where to go on.

        Raises:
            NotFound: It has forgotten what it had; a new writer is needed.
            TransportError: The destination cannot be reached still.
            RegistryError: It refuses to say.
            Unsupported: This writer cannot break in a way that it could recover from.
        """

    def ticket(self) -> str | None:
        """Return a text with which `Reopens.reopen` continues this ingest later, if one is needed.

        It names an upload session and is private, but it holds no credentials.
        """

    def commit(self) -> None:
        """Verify, and make the blob visible.

        Raises:
            SizeMismatch: Bytes are missing.
            DigestMismatch: These are not the bytes that the descriptor promises; they are thrown away.
            TransportError: The destination broke off; `recover` may help.
        """

    def suspend(self) -> None:
        """Stop for now and leave what was written for a later run to continue."""

    def abort(self) -> None:
        """Throw away what was written; safe to call in any state."""


class Sink(Source, Protocol):
    """A place that content can be written to."""

    def ingest(self, descriptor: Descriptor) -> Writer:
        """Begin, or continue, to store a blob.

        Raises:
            Locked: Another process is writing the same blob here and does not finish.
        """

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        """Store a manifest or an index whose children are there, under names if any are given.

        The document and its names become visible at once, or not at all.

        Args:
            descriptor: The document's link; its media type is what the document is stored as.
            content: The exact bytes.
            names: Names to set to it. With none, it can be found by digest.
        """


@runtime_checkable
class Mounts(Protocol):
    """A sink that can take a blob from another place without its bytes passing through here."""

    def can_mount_from(self, origin: Source) -> bool:
        """Tell whether it is worth trying to `mount` from this origin."""

    def mount(self, descriptor: Descriptor, origin: Source) -> bool:
        """Try to take a blob over.

        Returns:
            False when the place declined: then the bytes have to be sent. Never raises for a mere refusal.
        """


@runtime_checkable
class Claims(Protocol):
    """A sink that says whether it has a blob, and begins to take it if not, in one request."""

    def claim(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there; False also where the place cannot say it in this way.

        After False, `Sink.ingest` of the same blob needs no request to begin. For blobs that are small enough
        to be sent again in vain: a place that does not know this way says False of what it has.
        """


@runtime_checkable
class Reopens(Protocol):
    """A sink whose unfinished ingests can be continued by a later process with a ticket."""

    def reopen(self, descriptor: Descriptor, ticket: str) -> Writer | None:
        """Continue an ingest.

        Args:
            descriptor: The blob.
            ticket: What `Writer.ticket` returned earlier; it is checked like anything from outside.

        Returns:
            A writer with the destination's offset, or None when the destination has forgotten it.
        """


@runtime_checkable
class Deletes(Protocol):
    """A place that can remove things."""

    def delete(self, name: Name) -> Descriptor:
        """Remove a document by name or digest.

        Returns:
            What was removed.
        """


@runtime_checkable
class Locks(Protocol):
    """A sink that several processes may write to, and that can keep others out for a while."""

    def lock(self) -> AbstractContextManager[None]:
        """Keep other writers' publications out while the context lasts."""


@runtime_checkable
class Expects(Protocol):
    """A sink that wants to see what is coming before it is moved: to refuse it, or to have it already."""

    def expect(self, opened: Opened) -> None:
        """Look at the document that will be published last.

        Args:
            opened: The document, as it is at the source; a conversion may change it on its way.

        Raises:
            Unsupported: Nothing of the kind can be kept here.
        """


@runtime_checkable
class HoldsOne(Protocol):
    """A place that holds one image, which has no name: it is asked for with None.

    As a sink it is published to without names, and told at the end which document is the image.
    """

    def choose(self, descriptor: Descriptor) -> None:
        """Make a document that was published the image, in place of what was there.

        Raises:
            NotFound: It was not published here.
            StorageError: The place cannot be written; the image is what it was.
        """


@runtime_checkable
class Finishes(Protocol):
    """A sink whose publications others see only after it has been finished: one that is a single file."""

    def finish(self) -> None:
        """Make everything that was published visible to others, at once.

        Called once, after the last image. `Source.close` without it leaves the place as it was.

        Raises:
            StorageError: The place cannot be written; it is as it was.
        """


@runtime_checkable
class Collects(Protocol):
    """A sink in which interrupted work leaves something behind."""

    def collect(self, *, now_s: float) -> int:
        """Throw away what was left behind so long ago that nobody will continue it.

        Args:
            now_s: The time now, in seconds since 1970.

        Returns:
            Bytes that were freed.

        Raises:
            StorageError: The system refused.
        """


def write_whole(writer: Writer, content: bytes) -> None:
    """Write what is missing of a small blob, and commit it.

    Args:
        writer: Its writer, which is ended in every case.
        content: The whole blob.

    Raises:
        OciError: The sink refused; nothing of it is visible there.
    """
    try:
        writer.write(content[writer.offset :])
        writer.commit()
    except BaseException:
        writer.abort()
        raise
