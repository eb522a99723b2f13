"""What a copy would do, found out without doing it: the same walk, with questions instead of bytes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..content import CancelToken
from ..errors import OciError
from .blob import can_mount, is_left_out
from .conversion.gate import converter_for
from .event import Narrowed, Outcome, ignore
from .failure import during
from .option import CopyOptions
from .result import Change, Plan, PlannedBlob
from .root import check_root, root_of
from .tour import Tour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..content import Name, Opened, Sink, Source
    from ..spec import Descriptor, Digest
    from .conversion.converter import Recipe
    from .root import Root


def plan(
    source: Source,
    name: Name | Root,
    sink: Sink,
    names: Sequence[str] = (),
    *,
    options: CopyOptions | None = None,
    token: CancelToken | None = None,
) -> Plan:
    """Find out what `oci.transfer.copy` with the same arguments would do.

    Nothing is written. What is attached to the image is looked for where the options ask for it.

    Args:
        source: Where the image is.
        name: Its name there, or what that has led to.
        sink: Where it would go.
        names: The names it would get.
        options: How it would be copied.
        token: Stops the search.

    Raises:
        CopyError: The source or the destination could not be asked.
    """
    options = options or CopyOptions()
    token = token or CancelToken()
    root = root_of(source, name, options)
    options.judge(root.at_source)
    check_root(root, options, sink)
    if root.index is not None:
        options.listener(Narrowed(root.index, root.opened.descriptor))
    inquiry = _Inquiry(source, sink)
    names = (*names, *options.names)
    tour = Tour(
        source,
        inquiry,
        options=options,
        token=token,
        listener=ignore,
        converter=converter_for(source, sink, inquiry, options, token),
    )
    tour.visit(root, names)
    result = inquiry.documents[-1]
    if options.referrers:
        tour.visit_attached()
    return Plan(
        root=result,
        names=names,
        documents=tuple(inquiry.documents),
        # In whichever order the answers came, it is shown in one: the largest first, as a copy begins them.
        blobs=tuple(sorted(inquiry.blobs, key=_rank)),
        requests=inquiry.requests(len(names)),
        changes=tuple(inquiry.changes),
    )


def _rank(blob: PlannedBlob) -> tuple[int, str, str]:
    return -blob.descriptor.size, str(blob.descriptor.digest), blob.action.value


class _Inquiry:
    def __init__(self, source: Source, sink: Sink) -> None:
        self._source = source
        self._sink = sink
        self._lock = threading.Lock()
        self._met: set[Digest] = set()
        self.documents: list[Descriptor] = []
        self.blobs: list[PlannedBlob] = []
        self.changes: list[Change] = []

    def blob(self, descriptor: Descriptor) -> None:
        """Ask where a blob is; the walk calls this."""
        with self._lock:
            # What one part of the tour would have brought is there for the next one.
            is_known = descriptor.digest in self._met
            self._met.add(descriptor.digest)
        action = Outcome.SKIPPED if is_known else self._action(descriptor)
        with self._lock:
            self.blobs.append(PlannedBlob(descriptor=descriptor, action=action))

    def document(self, opened: Opened, names: tuple[str, ...]) -> None:
        """Note a document; the walk calls this."""
        del names
        with self._lock:
            self.documents.append(opened.descriptor)

    def attached(self, opened: Opened, tags: tuple[str, ...]) -> None:
        """Note a document that is attached; the tour calls this."""
        self.document(opened, tags)

    def layer(self, descriptor: Descriptor, recipe: Recipe) -> None:
        """Note a layer that would be compressed anew; the converter calls this."""
        becomes = "" if recipe.form is None else recipe.media_type
        with self._lock:
            self.blobs.append(PlannedBlob(descriptor=descriptor, action=Outcome.SENT, becomes=becomes))
            if becomes:
                self.changes.append(Change(descriptor, None))

    def replaced(self, before: Descriptor, after: Opened | None, names: tuple[str, ...]) -> None:
        """Note a document that would be written anew; the converter calls this."""
        del names
        with self._lock:
            self.documents.append(before if after is None else after.descriptor)
            self.changes.append(Change(before, after and after.descriptor))

    def requests(self, names: int) -> int:
        """Count the requests of the copy: per document one to read and one for each name to publish it under.

        Per blob one question, and for one that is sent a request to read, one to begin and one to upload.
        """
        sent = sum(blob.action is Outcome.SENT for blob in self.blobs)
        mounted = sum(blob.action is Outcome.MOUNTED for blob in self.blobs)
        asked = sum(blob.action is not Outcome.LEFT_OUT for blob in self.blobs)
        reading = len(self.documents) + sent if self._source.traits.distant else 0
        publishing = len(self.documents) - 1 + max(1, names)
        writing = asked + mounted + 2 * sent + publishing if self._sink.traits.distant else 0
        return reading + writing

    def _action(self, descriptor: Descriptor) -> Outcome:
        if is_left_out(descriptor):
            return Outcome.LEFT_OUT
        try:
            if self._sink.exists(descriptor):
                return Outcome.SKIPPED
        except OciError as error:
            raise during("push", "destination", self._sink.label, descriptor, error) from error
        return Outcome.MOUNTED if can_mount(self._source, self._sink) else Outcome.SENT
