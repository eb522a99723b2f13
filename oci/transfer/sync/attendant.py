"""The signatures of one image on its way: who sees to them, and when that is done.

What signatures are is none of this room's business. An `Attendant` is told of the image before anything of it
is written, and again when all of it is there. What it is told of is the image's own documents: what is
attached to them is not signed.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from ...content import Opened
from ...content.graph import parse_known
from ...spec import Index
from ...spec.media_type import INDEXES
from ..root import documents_of
from ..selection import Subset, chosen_entries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...content import Sink
    from ...spec import Descriptor
    from ..root import Root
    from ..selection import Selection


class Attendant(Protocol):
    """Sees to the signatures of one image; its methods are called one after the other."""

    def prepare(self, root: Root, sink: Sink) -> None:
        """Read, and make, what has to be there before the image is; nothing of it has been written yet.

        Args:
            root: What is to be copied.
            sink: Where it goes.

        Raises:
            OciError: That is not possible: the image is not copied.
        """

    def finish(self, documents: Sequence[Descriptor], sink: Sink) -> int:
        """Add what is not there yet, now that the image is.

        Args:
            documents: The image's documents at the destination.
            sink: The destination.

        Returns:
            How many signatures were added, those of `prepare` among them.

        Raises:
            OciError: That is not possible.
        """

    def missing(self, documents: Sequence[Descriptor], sink: Sink) -> int:
        """Count what `finish` would add; nothing is written, and nothing is signed."""


class Attendance:
    """What one image's attendant has to be told, gathered while the image is on its way.

    Args:
        attendant: Sees to the signatures.
        selection: Which images of an index.
        dry_run: Whether nothing is to be changed.
    """

    def __init__(self, attendant: Attendant, selection: Selection, *, dry_run: bool) -> None:
        self._attendant = attendant
        self._selection = selection
        self._is_dry = dry_run
        self._lock = threading.Lock()
        self._planned: tuple[Descriptor, ...] = ()
        self._published: list[Descriptor] = []

    def prepare(self, root: Root, sink: Sink) -> None:
        """Take note of what is about to be copied; see `Attendant.prepare`."""
        self._planned = documents_of(root, where=sink.label)
        if not self._is_dry:
            self._attendant.prepare(root, sink)

    def note(self, document: Descriptor) -> None:
        """Take note of a document that has been published."""
        with self._lock:
            self._published.append(document)

    def finish(self, sink: Sink, there: Descriptor | None) -> int:
        """Have added what is not there yet, or have it counted; return how many signatures that is.

        Args:
            sink: The destination.
            there: What the image's name stood for before; what it stands for if nothing was copied.
        """
        if self._is_dry:
            return self._attendant.missing(self._planned or self._documents_at(sink, there), sink)
        known = tuple(dict.fromkeys(self._published)) or self._planned
        return self._attendant.finish(known or self._documents_at(sink, there), sink)

    def _documents_at(self, sink: Sink, there: Descriptor | None) -> tuple[Descriptor, ...]:
        """Return the documents of an image that is there; the destination is asked, which counts no pulls."""
        if there is None or there.media_type not in INDEXES:
            return () if there is None else (there,)
        index = parse_known(Opened(there, sink.document(there)), where=sink.label)
        if not isinstance(index, Index):
            return (there,)
        if isinstance(self._selection, Subset):
            return (there, *chosen_entries(index, self._selection.platforms))
        return (there, *index.manifests)
