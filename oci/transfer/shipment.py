"""One blob on its way: the copy loop, and what happens when either side breaks off.

The bytes that are in place are never sent again if it can be helped: a source that breaks is asked again
from where it broke, a destination is asked how far it got. What a writer was given is hashed by the writer.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from ..content import MemoryStream
from ..errors import (
    Cancelled,
    CopyError,
    DigestMismatch,
    NotFound,
    OciError,
    RegistryError,
    SizeMismatch,
    Unsupported,
)
from .buffer import pump_buffer
from .event import Advanced, Finished, Outcome, Retried, Started
from .failure import during
from .ranged import WORTHWHILE_BYTES, RangedStream
from .skip import stream_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..content import ByteStream, CancelToken, Sink, Source, Writer
    from ..spec import Descriptor
    from .backoff import Backoff
    from .event import Listener
    from .journal import Entry

TOLD_EVERY_S: Final = 0.1
"""How long the listener may hear nothing of a blob whose bytes move, in seconds.

Told of every piece of a MiB, it cost a copy between two registries nearby a thirtieth of its CPU: after each
piece that has passed through, everything that Python needs for the call has been driven out of the caches."""


class Shipment:
    """Sends one blob.

    Args:
        source: Where it is.
        sink: Where it goes.
        descriptor: The blob.
        entry: Remembers the upload for a later process.
        backoff: How often to try.
        ranged: Opens a ranged stream, or None where the blob is to be read in one piece.
        token: Stops the work.
        listener: Is told what happens; of bytes that move, from time to time.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        source: Source,
        sink: Sink,
        descriptor: Descriptor,
        *,
        entry: Entry,
        backoff: Backoff,
        ranged: Callable[[Descriptor, int], RangedStream] | None,
        token: CancelToken,
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._sink = sink
        self._descriptor = descriptor
        self._entry = entry
        self._backoff = backoff
        self._ranged = ranged
        self._token = token
        self._listener = listener
        self._clock = clock
        self._moved = 0
        self._told = 0
        self._ticket: str | None = None
        self._continued = False
        self._begun_anew = False

    def send(self, writer: Writer) -> Finished:
        """Move the bytes and commit.

        Args:
            writer: A fresh or reopened writer; this shipment ends it in every case.

        Raises:
            CopyError: It could not be done; the cause says why.
            Cancelled: The work was cancelled; what is in place stays for the next run.
        """
        while True:
            try:
                finished = self._try(writer)
            except CopyError as error:
                replacement = self._after(error, writer)
            except BaseException:
                writer.suspend()
                raise
            else:
                self._entry.forget()
                return finished
            if replacement is None:  # the destination has it after all: only its answer was lost
                self._entry.forget()
                return Finished(self._descriptor, Outcome.SENT, self._moved, verified_here=False)
            writer = replacement

    def _try(self, writer: Writer) -> Finished:
        self._note(writer)
        self._continued = self._continued or writer.offset > 0
        self._listener(Started(self._descriptor, writer.offset))
        if writer.offset < self._descriptor.size or not self._descriptor.size:
            stream = self._open(writer.offset)
            try:
                self._pump(stream, writer)
            finally:
                stream.close()
                self._tell_advance()
        try:
            writer.commit()
        except OciError as error:
            raise self._failed("push", error) from error
        return Finished(self._descriptor, Outcome.SENT, self._moved, verified_here=writer.verified_here)

    def _pump(self, stream: ByteStream, writer: Writer) -> None:
        buffer = pump_buffer()
        tell_at = self._clock()
        while True:
            self._token.raise_if_cancelled()
            try:
                count = stream.readinto(buffer)
            except OciError as error:
                raise self._failed("fetch", error) from error
            if not count:
                return
            try:
                writer.write(buffer[:count])
            except OciError as error:
                raise self._failed("push", error) from error
            self._note(writer)
            self._moved += count
            if (now := self._clock()) >= tell_at:
                tell_at = now + TOLD_EVERY_S
                self._tell_advance()

    def _tell_advance(self) -> None:
        """Tell of what has moved since the last time."""
        untold, self._told = self._moved - self._told, self._moved
        if untold:
            self._listener(Advanced(self._descriptor, untold))

    def _note(self, writer: Writer) -> None:
        """Remember where the upload is; registries move it with each chunk."""
        ticket = writer.ticket()
        if ticket != self._ticket:
            self._entry.write(ticket)
            self._ticket = ticket

    def _open(self, offset: int) -> ByteStream:
        try:
            if self._descriptor.data is not None:
                return MemoryStream(self._descriptor.data[offset:])
            if self._ranged is not None and self._descriptor.size - offset >= WORTHWHILE_BYTES:
                try:
                    return self._ranged(self._descriptor, offset)
                except Unsupported:
                    self._ranged = None
            return stream_from(self._source, self._descriptor, offset)
        except OciError as error:
            raise self._failed("fetch", error) from error

    def _after(self, failure: OciError, writer: Writer) -> Writer | None:
        """Decide what to do after a failed try; return the writer to go on with, or None if all is well."""
        while True:
            error = failure.__cause__
            assert isinstance(failure, CopyError)
            assert isinstance(error, OciError)
            if isinstance(error, DigestMismatch | SizeMismatch):
                return self._begin_anew(failure, writer)
            delay_s = self._delay_after(failure, error, writer.offset)
            if delay_s is None:
                writer.suspend()
                raise failure
            self._listener(Retried(self._descriptor, error, self._backoff.attempt, delay_s))
            if self._token.wait(delay_s):
                writer.suspend()
                self._token.raise_if_cancelled()
            if failure.side == "source":
                return writer
            try:
                return self._recovered(writer)
            except Cancelled:
                writer.suspend()
                raise
            except OciError as still:
                failure = self._failed("push", still)
                failure.__cause__ = still

    def _begin_anew(self, failure: CopyError, writer: Writer) -> Writer:
        """Give wrong content up; once, try whether what an earlier try had left in place was at fault."""
        writer.abort()
        if failure.side == "source" or not self._continued or self._begun_anew:
            self._entry.forget()
            raise failure
        self._continued, self._begun_anew = False, True
        return self._fresh()

    def _delay_after(self, failure: CopyError, error: OciError, offset: int) -> float | None:
        if failure.side == "source":
            if isinstance(error, Unsupported) and self._ranged is not None:
                # Ranges were done and are not any more; what has not come yet is read in one piece.
                self._ranged = None
                return 0.0
            if isinstance(error, RegistryError):
                # The request was repeated already, as often as the settings say.
                return None
        return self._backoff.delay_after(error, offset=offset)

    def _recovered(self, writer: Writer) -> Writer | None:
        try:
            writer.recover()
        except (NotFound, Unsupported):
            writer.abort()
            return None if self._sink.exists(self._descriptor) else self._sink.ingest(self._descriptor)
        return writer

    def _fresh(self) -> Writer:
        try:
            return self._sink.ingest(self._descriptor)
        except OciError as error:
            raise self._failed("push", error) from error

    def _failed(self, operation: str, error: OciError) -> OciError:
        fetching = operation == "fetch"
        label = self._source.label if fetching else self._sink.label
        return during(operation, "source" if fetching else "destination", label, self._descriptor, error)
