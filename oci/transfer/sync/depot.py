"""One place at the destination, as several images have it in common: content comes there once.

Which way a blob takes: what this run has brought, or seen there, needs nothing. What is in another repository
of the same registry is taken over from there. A small blob is claimed: one request says that it is there, or
begins its upload. For a large one the question is asked first, since sending it in vain would cost more.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ...content import Claims, HoldsOne, Mounts
from ...errors import Cancelled, NotFound, OciError
from ..blob import BlobMover, is_left_out
from ..event import Finished, Outcome, Published
from ..failure import during
from .ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...content import CancelToken, Name, Opened, Sink, Source
    from ...spec import Descriptor
    from ..blob import Stock
    from ..event import Event
    from ..option import CopyOptions
    from .ledger import Claim

CLAIMED_BYTES: Final = 1024 * 1024
"""Blobs of at most this size are claimed: to send that much in vain costs about as much as to ask."""


@dataclass(slots=True)
class _Books:
    """The ledgers of one place.

    Args:
        blobs: What the place has of blobs.
        documents: What it has of documents.
        users: How many lanes lead to it at present.
    """

    blobs: Ledger
    documents: Ledger
    users: int = 0


class Ledgers:
    """Gives each place its ledgers; those that can take content over from one another share one of blobs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared: list[tuple[Sink, Ledger]] = []
        self._books: dict[str, _Books] = {}

    def enter(self, sink: Sink) -> tuple[Ledger, Ledger]:
        """Return the ledger of blobs and the one of documents for a place; `leave` has to follow."""
        with self._lock:
            books = self._books.get(sink.label)
            if books is None:
                books = self._books[sink.label] = _Books(self._for_blobs(sink), Ledger(shares=False))
            books.users += 1
            return books.blobs, books.documents

    def leave(self, sink: Sink) -> None:
        """Say that a lane to a place is done; after the last one, its own ledgers are forgotten."""
        with self._lock:
            books = self._books[sink.label]
            books.users -= 1
            if not books.users:
                del self._books[sink.label]

    def _for_blobs(self, sink: Sink) -> Ledger:
        if not isinstance(sink, Mounts):
            return Ledger(shares=False)
        for other, ledger in self._shared:
            if other.label == sink.label or sink.can_mount_from(other):
                return ledger
        ledger = Ledger(shares=True)
        self._shared.append((sink, ledger))
        return ledger


class Depot:
    """Takes in content for one place; used from several threads.

    Args:
        source: Where it comes from.
        sink: The place.
        ledgers: Know what is where.
        options: How to copy.
        stock: What all transfers share.
        token: Stops the work.
        tell: Is told what happens.
    """

    def __init__(
        self,
        source: Source,
        sink: Sink,
        ledgers: Ledgers,
        *,
        options: CopyOptions,
        stock: Stock,
        token: CancelToken,
        tell: Callable[[Event], None],
    ) -> None:
        self._source = source
        self.sink = sink
        self._ledgers = ledgers
        self._blobs, self._documents = ledgers.enter(sink)
        self._mover = BlobMover(source, sink, options, token, stock=stock)
        self._tell = tell

    def find(self, name: Name) -> Descriptor | None:
        """Find out what a name stands for at the place; None where there is none.

        Raises:
            CopyError: It could not be asked.
        """
        try:
            return self.sink.resolve(name)
        except NotFound:
            return None
        except OciError as error:
            raise during("resolve", "destination", self.sink.label, None, error) from error

    def take_blob(self, descriptor: Descriptor) -> int:
        """See to it that a blob is there, and return how many bytes moved for it.

        Raises:
            Postponed: Somebody else is at it.
            CopyError: It could not be done.
        """
        claim = self._blobs.claim(self.sink, descriptor.digest)
        if claim is None:
            return 0
        try:
            finished = self._bring(descriptor, claim)
        except BaseException:
            claim.give_up()
            raise
        claim.done()
        self._tell(finished)
        return finished.moved

    def take_document(self, opened: Opened, names: Sequence[str]) -> None:
        """Publish a document, under names if any are given; without, once in a run.

        Raises:
            Postponed: Somebody else is at it.
            CopyError: It could not be done.
        """
        claim = self._documents.claim(self.sink, opened.descriptor.digest)
        if claim is None and not names:
            return
        try:
            self.sink.publish(opened.descriptor, opened.content, names)
        except BaseException as error:
            if claim is not None:
                claim.give_up()
            if isinstance(error, OciError) and not isinstance(error, Cancelled):
                label = self.sink.label
                raise during("publish", "destination", label, opened.descriptor, error) from error
            raise
        if claim is not None:
            claim.done()
        self._tell(Published(opened.descriptor, tuple(names)))

    def choose(self, descriptor: Descriptor) -> None:
        """Make a document the only image of a place that holds one; raises what `take_document` does."""
        assert isinstance(self.sink, HoldsOne)
        try:
            self.sink.choose(descriptor)
        except OciError as error:
            raise during("publish", "destination", self.sink.label, descriptor, error) from error

    def close(self) -> None:
        """Let go of the place."""
        self._ledgers.leave(self.sink)
        self.sink.close()

    def _bring(self, descriptor: Descriptor, claim: Claim) -> Finished:
        if is_left_out(descriptor):
            return Finished(descriptor, Outcome.LEFT_OUT, 0)
        try:
            outcome = self._without_bytes(descriptor, claim.origin)
        except OciError as error:
            raise during("push", "destination", self.sink.label, descriptor, error) from error
        if outcome is not None:
            return Finished(descriptor, outcome, 0)
        return self._mover.send(descriptor)

    def _without_bytes(self, descriptor: Descriptor, origin: Sink | None) -> Outcome | None:
        sink = self.sink
        if origin is not None and isinstance(sink, Mounts):
            if sink.mount(descriptor, origin):
                return Outcome.MOUNTED
            self._blobs.stop_sharing()
            return None
        if isinstance(sink, Mounts) and sink.can_mount_from(self._source):
            if sink.exists(descriptor):
                return Outcome.SKIPPED
            return Outcome.MOUNTED if sink.mount(descriptor, self._source) else None
        if isinstance(sink, Claims) and descriptor.size <= CLAIMED_BYTES:
            return Outcome.SKIPPED if sink.claim(descriptor) else None
        return Outcome.SKIPPED if sink.exists(descriptor) else None
