"""Copying one image: the walk, with bytes moved and documents published; the names come last of all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..content import CancelToken, HoldsOne, rate_limit_of, served_by
from ..errors import OciError
from .attached import publish_attached
from .blob import BlobMover
from .conversion.gate import converter_for, workshop_for
from .event import Narrowed, Published, Rationed, Replaced, Warned
from .failure import during
from .option import CopyOptions
from .result import BlobResult, Change, CopyResult
from .root import check_root, root_of
from .tour import Tour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..content import Name, Opened, Sink, Source
    from ..spec import Descriptor
    from ..wire.rate_limit import RateLimit
    from .conversion.converter import Made, Recipe
    from .event import Event, Finished
    from .root import Root


def copy(
    source: Source,
    name: Name | Root,
    sink: Sink,
    names: Sequence[str] = (),
    *,
    options: CopyOptions | None = None,
    token: CancelToken | None = None,
) -> CopyResult:
    """Copy an image, bit for bit unless the options ask for something else.

    The name is resolved once; what it stood for then is what is copied, by digest. Content arrives
    children first, and the destination's names are set last, so that nobody can pull half an image.

    Args:
        source: Where the image is.
        name: Its name there; or what that has led to (`oci.transfer.root.root_of`), so that what was
            judged is what is copied.
        sink: Where it goes.
        names: The names it gets there; none leaves it to be found by digest.
        options: How to copy.
        token: Stops the copy when cancelled. Cancelled by the copy itself when it fails, so that no thread
            waits for a stalled peer: give it a `CancelToken.child`.

    Returns:
        What was done.

    Raises:
        CopyError: Something failed; what is complete at the destination stays, unnamed, and a repeated
            copy goes on from there.
        Cancelled: The token was cancelled.
    """
    return _Copy(source, sink, options or CopyOptions(), token or CancelToken()).run(name, tuple(names))


class _Copy:
    def __init__(self, source: Source, sink: Sink, options: CopyOptions, token: CancelToken) -> None:
        self._source = source
        self._sink = sink
        self._options = options
        self._token = token
        self._mover = BlobMover(source, sink, options, token)
        self._workshop = workshop_for(source, options, token)
        self._lock = threading.Lock()
        self._blobs: list[BlobResult] = []
        self._changes: list[Change] = []
        self._last: Opened | None = None
        self._documents: list[Descriptor] = []
        # Written in place of what is attached, where others have attached something there, too.
        self._beside: list[Descriptor] = []
        self._rations: dict[str, RateLimit] = {}

    def run(self, name: Name | Root, names: tuple[str, ...]) -> CopyResult:
        options = self._options
        root = root_of(self._source, name, options)
        options.judge(root.at_source)
        check_root(root, options, self._sink)
        self._tell_rations()
        if root.index is not None:
            self._tell(Narrowed(root.index, root.opened.descriptor))
        names = (*names, *options.names)
        converter = converter_for(self._source, self._sink, self, options, self._token)
        tour = Tour(
            self._source,
            self,
            options=options,
            token=self._token,
            listener=self._tell,
            converter=converter,
        )
        tour.visit(root, () if options.referrers else names)
        published = self._last
        assert published is not None
        if options.referrers:
            tour.visit_attached()
            if names:
                self.document(published, names)
        if isinstance(self._sink, HoldsOne):
            self._choose(self._sink, published.descriptor)
        return CopyResult(
            root=published.descriptor,
            names=names,
            documents=tuple(dict.fromkeys(self._documents)),
            blobs=tuple(self._blobs),
            attached=(*tour.attached, *self._beside),
            served_by=served_by(self._source),
            source_rate_limit=rate_limit_of(self._source),
            destination_rate_limit=rate_limit_of(self._sink),
            changes=tuple(self._changes),
        )

    def blob(self, descriptor: Descriptor) -> None:
        """Move a blob; the walk calls this."""
        self._finish(self._mover.move(descriptor))

    def _finish(self, finished: Finished) -> None:
        result = BlobResult(
            descriptor=finished.descriptor,
            outcome=finished.outcome,
            moved=finished.moved,
            verified_here=finished.verified_here,
        )
        with self._lock:
            self._blobs.append(result)
        self._tell(finished)

    def document(self, opened: Opened, names: tuple[str, ...]) -> None:
        """Publish a document; the walk calls this when its children are there."""
        try:
            self._sink.publish(opened.descriptor, opened.content, names)
        except OciError as error:
            raise during("publish", "destination", self._sink.label, opened.descriptor, error) from error
        self._last = opened
        self._note_published(opened.descriptor, names)

    def attached(self, opened: Opened, tags: tuple[str, ...]) -> None:
        """Publish what is attached, beside what others have attached; the tour calls this."""
        stored = dict.fromkeys(publish_attached(self._sink, opened, tags))
        with self._lock:
            self._beside.extend(each for each in stored if each.digest != opened.descriptor.digest)
        for descriptor in stored:
            self._note_published(descriptor, tags)

    def _note_published(self, descriptor: Descriptor, names: tuple[str, ...]) -> None:
        with self._lock:
            self._documents.append(descriptor)
        self._tell(Published(descriptor, names))
        self._tell_rations()

    def _tell_rations(self) -> None:
        """Tell what the places have said of late about the requests that they still answer."""
        with self._lock:
            stated = {place.label: rate_limit_of(place) for place in (self._source, self._sink)}
            fresh = {k: v for k, v in stated.items() if v is not None and self._rations.get(k) != v}
            self._rations |= fresh
        for label, rate_limit in fresh.items():
            self._tell(Rationed(label, rate_limit))

    def _warn(self, text: str) -> None:
        self._tell(Warned(text))

    def _choose(self, sink: HoldsOne, descriptor: Descriptor) -> None:
        try:
            sink.choose(descriptor)
        except OciError as error:
            raise during("publish", "destination", self._sink.label, descriptor, error) from error

    def layer(self, descriptor: Descriptor, recipe: Recipe) -> Made:
        """Read a layer, and move what it is to become; the converter calls this."""
        assert self._workshop is not None
        with self._workshop.made(descriptor, recipe) as (spool, made):
            if made.descriptor.digest != descriptor.digest:
                self._note_change(descriptor, made.descriptor)
            mover = BlobMover(spool, self._sink, self._options, self._token)
            self._finish(mover.move(made.descriptor))
            return made

    def replaced(self, before: Descriptor, after: Opened | None, names: tuple[str, ...]) -> None:
        """Publish a document that was written anew; the converter calls this."""
        assert after is not None
        self.document(after, names)
        self._note_change(before, after.descriptor)

    def _note_change(self, before: Descriptor, after: Descriptor) -> None:
        with self._lock:
            self._changes.append(Change(before, after))
        self._tell(Replaced(before, after))

    def _tell(self, event: Event) -> None:
        with self._lock:
            self._options.listener(event)
