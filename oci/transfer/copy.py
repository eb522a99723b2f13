"""Copying one image: the walk, with bytes moved and documents published; the names come last of all."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from ..content import CancelToken
from ..errors import LimitExceeded, OciError
from .attached import attached_to
from .blob import BlobMover
from .crew import Crew
from .event import Narrowed, Published
from .failure import during
from .option import CopyOptions
from .result import BlobResult, CopyResult
from .root import check_root, find_root
from .walk import Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..content import Name, Opened, Sink, Source
    from ..spec import Descriptor, Digest
    from .event import Event
    from .root import Root


def copy(
    source: Source,
    name: Name,
    sink: Sink,
    names: Sequence[str] = (),
    *,
    options: CopyOptions | None = None,
    token: CancelToken | None = None,
) -> CopyResult:
    """Copy an image, bit for bit unless the options ask for a rewritten index.

    The name is resolved once; what it stood for then is what is copied, by digest. Content arrives
    children first, and the destination's names are set last, so that nobody can pull half an image.

    Args:
        source: Where the image is.
        name: Its name there.
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
        self._lock = threading.Lock()
        self._blobs: list[BlobResult] = []
        self._documents: list[Descriptor] = []
        self._attached: list[Descriptor] = []

    def run(self, name: Name, names: tuple[str, ...]) -> CopyResult:
        root = find_root(self._source, name, self._options.selection, self._options.limits)
        check_root(root, self._options.digest, label=self._sink.label)
        if root.index is not None:
            self._tell(Narrowed(root.index, root.opened.descriptor))
        names = (*names, *self._options.names)
        if self._options.referrers:
            self._walk([(root.opened, ())], root)
            self._copy_attached()
            if names:
                self.document(root.opened, names)
        else:
            self._walk([(root.opened, names)], root)
        return CopyResult(
            root=root.opened.descriptor,
            names=names,
            documents=tuple(dict.fromkeys(self._documents)),
            blobs=tuple(self._blobs),
            attached=tuple(self._attached),
        )

    def blob(self, descriptor: Descriptor) -> None:
        """Move a blob; the walk calls this."""
        finished = self._mover.move(descriptor)
        result = BlobResult(
            descriptor=descriptor,
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
        with self._lock:
            self._documents.append(opened.descriptor)
        self._tell(Published(opened.descriptor, names))

    def _walk(self, roots: Sequence[tuple[Opened, tuple[str, ...]]], root: Root | None = None) -> None:
        crew = Crew(self._options.parallel, self._token)
        walk = Walk(self._source, crew, self, self._options.limits, self._tell)
        for opened, names in roots:
            if root is None:
                walk.root(opened, names)
            else:
                walk.root(opened, names, follows=root.follows)
        crew.wait()

    def _copy_attached(self) -> None:
        """Copy what is attached to anything that was copied, then what is attached to that."""
        seen = {descriptor.digest for descriptor in self._documents}
        subjects = list(self._documents)
        while subjects:
            found = self._find_attached(subjects)
            fresh = [one for digest, one in found.items() if digest not in seen]
            # A document that is there already may be attached under a name as well.
            for opened, names in (one for digest, one in found.items() if digest in seen and one[1]):
                self.document(opened, names)
            seen.update(found)
            self._attached.extend(opened.descriptor for opened, _ in fresh)
            self._check_bound()
            copied = len(self._documents)
            self._walk(fresh)
            # Signatures of the images within an attached index are attached, too.
            subjects = self._documents[copied:]
            seen.update(descriptor.digest for descriptor in subjects)

    def _find_attached(self, subjects: list[Descriptor]) -> dict[Digest, tuple[Opened, tuple[str, ...]]]:
        """Look for what is attached to any of these documents; each once, with all of its names."""
        found: dict[Digest, tuple[Opened, tuple[str, ...]]] = {}
        crew = Crew(self._options.parallel, self._token)

        def look(subject: Descriptor) -> None:
            for opened, names in attached_to(self._source, subject, self._options.limits):
                with self._lock:
                    _, known = found.get(opened.descriptor.digest, (opened, ()))
                    found[opened.descriptor.digest] = opened, (*known, *names)

        for subject in subjects:
            crew.submit(partial(look, subject))
        crew.wait()
        return found

    def _check_bound(self) -> None:
        # Signatures of signatures of signatures: a registry can go on making them up.
        allowed = self._options.limits.referrers
        if len(self._attached) > allowed:
            raise LimitExceeded(limit="referrers", allowed=allowed, where=self._source.label)

    def _tell(self, event: Event) -> None:
        with self._lock:
            self._options.listener(event)
