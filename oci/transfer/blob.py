"""One blob from source to destination in the cheapest way: nothing, a mount, the missing bytes, all bytes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from ..content import Mounts, Reopens
from ..errors import Cancelled, OciError
from ..spec import media_type
from .backoff import Backoff
from .buffer import PUMP_BYTES, BufferPool
from .connections import Connections
from .event import Finished, Outcome
from .failure import during
from .journal import Entry, Journal
from .ranged import RangedStream
from .shipment import Shipment

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from ..content import CancelToken, Sink, Source, Writer
    from ..spec import Descriptor
    from .option import CopyOptions


JOURNALED_BYTES: Final = 1024 * 1024
"""Smaller blobs are sent again after a kill: to note each of them costs more than that."""


class Stock:
    """What several transfers may share.

    Args:
        journal: Remembers unfinished uploads, or None.
        pool: The buffers for parts of large blobs.
    """

    def __init__(self, journal: Journal | None, pool: BufferPool) -> None:
        self.journal = journal
        self.pool = pool

    @classmethod
    def of(cls, options: CopyOptions, *, threads: int | None = None) -> Stock:
        """Make what the options speak of.

        Args:
            options: Name the journal's directory, and the budget for all buffers.
            threads: Blobs in flight at once, each of which has a buffer of its own beside the pool.
        """
        journal = Journal(options.journal) if options.journal is not None else None
        own = (options.parallel if threads is None else threads) * PUMP_BYTES
        return cls(journal, BufferPool(options.limits.buffer_bytes - own))


class BlobMover:
    """Moves the blobs of one transfer; called from several threads.

    Args:
        source: Where they are.
        sink: Where they go.
        options: What the caller asked for.
        token: Stops the work.
        stock: What is shared with other transfers, or None for a stock of its own.
    """

    def __init__(
        self,
        source: Source,
        sink: Sink,
        options: CopyOptions,
        token: CancelToken,
        *,
        stock: Stock | None = None,
    ) -> None:
        self._source = source
        self._sink = sink
        self._options = options
        self._token = token
        stock = stock or Stock.of(options)
        self._journal = stock.journal
        self._connections = Connections(options.range_connections)
        self._pool = stock.pool

    def move(self, descriptor: Descriptor) -> Finished:
        """See to it that a blob is at the destination.

        Raises:
            CopyError: It could not be done.
            Cancelled: The work was cancelled.
        """
        return self.without_bytes(descriptor) or self.send(descriptor)

    def without_bytes(self, descriptor: Descriptor) -> Finished | None:
        """Try everything that needs no bytes; None where they have to move."""
        if is_left_out(descriptor):
            return Finished(descriptor, Outcome.LEFT_OUT, 0)
        try:
            if self._sink.exists(descriptor):
                self._forget_upload(descriptor)
                return Finished(descriptor, Outcome.SKIPPED, 0)
            if can_mount(self._source, self._sink) and self._mount(descriptor):
                return Finished(descriptor, Outcome.MOUNTED, 0)
        except OciError as error:
            raise during("push", "destination", self._sink.label, descriptor, error) from error
        return None

    def _mount(self, descriptor: Descriptor) -> bool:
        assert isinstance(self._sink, Mounts)
        return self._sink.mount(descriptor, self._source)

    def send(self, descriptor: Descriptor) -> Finished:
        """Move a blob's bytes; nothing is asked before.

        Raises:
            CopyError: It could not be done.
            Cancelled: The work was cancelled.
        """
        with self._entry(descriptor) as entry:
            try:
                writer = self._reopened(descriptor, entry) or self._sink.ingest(descriptor)
            except OciError as error:
                raise during("push", "destination", self._sink.label, descriptor, error) from error
            shipment = Shipment(
                self._source,
                self._sink,
                descriptor,
                entry=entry,
                backoff=Backoff(self._options.retry_rule),
                ranged=self._ranged if self._may_range() else None,
                token=self._token,
                listener=self._options.listener,
            )
            return shipment.send(writer)

    def _entry(self, descriptor: Descriptor) -> AbstractContextManager[Entry]:
        journal = self._journal_for(descriptor)
        if journal is None:
            return contextlib.nullcontext(Entry.forgetful())
        return journal.entry(self._sink.label, descriptor)

    def _forget_upload(self, descriptor: Descriptor) -> None:
        """Forget an upload of which an earlier process never learned that it had succeeded."""
        journal = self._journal_for(descriptor)
        if journal is not None:
            journal.forget(self._sink.label, descriptor)

    def _journal_for(self, descriptor: Descriptor) -> Journal | None:
        is_small = descriptor.size < JOURNALED_BYTES
        return None if is_small or not isinstance(self._sink, Reopens) else self._journal

    def _reopened(self, descriptor: Descriptor, entry: Entry) -> Writer | None:
        ticket = entry.read()
        if ticket is None or not isinstance(self._sink, Reopens):
            return None
        try:
            return self._sink.reopen(descriptor, ticket)
        except Cancelled:
            raise
        except OciError:
            # A session that cannot be continued is one that has to be begun anew, whatever the reason.
            return None

    def _may_range(self) -> bool:
        return self._source.traits.distant and self._options.range_connections > 1

    def _ranged(self, descriptor: Descriptor, offset: int) -> RangedStream:
        return RangedStream(
            self._source,
            descriptor,
            offset,
            connections=self._connections,
            pool=self._pool,
            token=self._token,
        )


def is_left_out(descriptor: Descriptor) -> bool:
    """Tell whether only a blob's link is copied: a foreign layer that says where else it can be had."""
    return bool(descriptor.urls) and media_type.is_foreign_layer(descriptor.media_type)


def can_mount(source: Source, sink: Sink) -> bool:
    """Tell whether a destination may take blobs over from a source without moving them."""
    return isinstance(sink, Mounts) and sink.can_mount_from(source)
