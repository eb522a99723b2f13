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
from ..attached import publish_attached
from ..blob import BlobMover, is_left_out
from ..conversion.gate import workshop_for
from ..event import Finished, Outcome, Published, Replaced
from ..failure import during
from .ledger import Ledger
from .remake import mark_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...content import CancelToken, Name, Opened, Sink, Source
    from ...spec import Descriptor
    from ..blob import Stock
    from ..conversion.converter import Made, Recipe
    from ..event import Event
    from ..option import CopyOptions
    from .ledger import Claim
    from .remake import Remakes

CLAIMED_BYTES: Final = 1024 * 1024
"""Blobs of at most this size are claimed: to send that much in vain costs about as much as to ask."""


@dataclass(slots=True)
class Books:
    """The ledgers of one place.

    Args:
        blobs: What the place has of blobs.
        documents: What it has of documents.
        layers: What the place has of layers that were written anew, by their marks.
        users: How many lanes lead to it at present.
    """

    blobs: Ledger
    documents: Ledger
    layers: Ledger
    users: int = 0


class Ledgers:
    """Gives each place its ledgers; those that can take content over from one another share one of blobs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared: list[tuple[Sink, Ledger, Ledger]] = []
        self._books: dict[str, Books] = {}

    def enter(self, sink: Sink) -> Books:
        """Return the ledgers for a place; `leave` has to follow."""
        with self._lock:
            books = self._books.get(sink.label)
            if books is None:
                blobs, layers = self._for_blobs(sink)
                books = self._books[sink.label] = Books(blobs, Ledger(shares=False), layers)
            books.users += 1
            return books

    def leave(self, sink: Sink) -> None:
        """Say that a lane to a place is done; after the last one, its own ledgers are forgotten."""
        with self._lock:
            books = self._books[sink.label]
            books.users -= 1
            if not books.users:
                del self._books[sink.label]

    def _for_blobs(self, sink: Sink) -> tuple[Ledger, Ledger]:
        if not isinstance(sink, Mounts):
            return Ledger(shares=False), Ledger(shares=False)
        for other, blobs, layers in self._shared:
            if other.label == sink.label or sink.can_mount_from(other):
                return blobs, layers
        blobs, layers = Ledger(shares=True), Ledger(shares=True)
        self._shared.append((sink, blobs, layers))
        return blobs, layers


class Depot:
    """Takes in content for one place; used from several threads.

    Args:
        source: Where it comes from.
        sink: The place.
        ledgers: Know what is where.
        options: How to copy.
        stock: What all transfers share.
        remakes: Knows what has become of layers that were written anew.
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
        remakes: Remakes,
        token: CancelToken,
        tell: Callable[[Event], None],
    ) -> None:
        self._source = source
        self.sink = sink
        self._ledgers = ledgers
        self._books = ledgers.enter(sink)
        self._blobs, self._documents = self._books.blobs, self._books.documents
        self._options = options
        self._stock = stock
        self._token = token
        self._mover = BlobMover(source, sink, options, token, stock=stock)
        self._remakes = remakes
        self._workshop = workshop_for(source, options, token, remakes.benches)
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

    def take_attached(self, opened: Opened, tags: Sequence[str]) -> None:
        """Publish a document under cosign's tags, beside what others have attached there.

        Raises:
            CopyError: It could not be done.
        """
        for descriptor in publish_attached(self.sink, opened, tags):
            self._tell(Published(descriptor, tuple(tags)))

    def take_layer(self, descriptor: Descriptor, recipe: Recipe) -> tuple[Made, int]:
        """See to it that what becomes of a layer is there; return that, and how many bytes moved for it.

        Raises:
            Postponed: Somebody else is at it.
            CopyError: It could not be done.
        """
        mark = mark_of(descriptor, recipe)
        claim = self._books.layers.claim(self.sink, mark)
        made = self._remakes.get(mark)
        if claim is None and made is not None:
            return made, 0
        try:
            if made is not None and claim is not None and self._takes_over(made.descriptor, claim):
                moved = 0
            else:
                made, moved = self._remake(descriptor, recipe)
        except BaseException:
            if claim is not None:
                claim.give_up()
            raise
        self._remakes.put(mark, made)
        if claim is not None:
            claim.done()
        return made, moved

    def _takes_over(self, descriptor: Descriptor, claim: Claim) -> bool:
        sink = self.sink
        if claim.origin is None or not isinstance(sink, Mounts):
            return False
        try:
            is_there = sink.mount(descriptor, claim.origin)
        except OciError as error:
            raise during("mount", "destination", sink.label, descriptor, error) from error
        if not is_there:
            self._books.layers.stop_sharing()
        return is_there

    def _remake(self, descriptor: Descriptor, recipe: Recipe) -> tuple[Made, int]:
        assert self._workshop is not None, "layers are written anew only where that was asked for"
        with self._workshop.made(descriptor, recipe) as (spool, made):
            mover = BlobMover(spool, self.sink, self._options, self._token, stock=self._stock)
            finished = mover.move(made.descriptor)
        self._tell(finished)
        if made.descriptor.digest != descriptor.digest:
            self._tell(Replaced(descriptor, made.descriptor))
        return made, finished.moved

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
