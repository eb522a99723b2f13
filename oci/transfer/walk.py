"""The children-first walk, in parallel: each digest once, a document only after everything beneath it.

The walk knows the order; what is done with a blob or a document is its caller's: a copy moves them, a plan
only looks. Discovery and delivery overlap: blobs of the first manifest move while the second one is read.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ..content import Opened, children_of
from ..content.graph import parse_known
from ..errors import LimitExceeded, OciError, SizeMismatch, UnsupportedMediaType
from ..spec.schema1 import is_schema1
from .event import Discovered
from .failure import during

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..content import Limits, Source
    from ..spec import Descriptor, Digest, Document
    from .crew import Task
    from .event import Listener


class Runs(Protocol):
    """What runs the tasks of a walk: a crew, or a part of one."""

    def submit(self, task: Task, *, size: int | None = None) -> None:
        """Add a task; see `oci.transfer.crew.Crew.submit`."""


Children: TypeAlias = "Callable[[Opened, Document | None], tuple[tuple[Descriptor, bool], ...]]"
"""Says what a walk enters beneath a document: links, and whether they lead to further documents."""


def own_children(opened: Opened, document: Document | None) -> tuple[tuple[Descriptor, bool], ...]:
    """Return all that a document links to; nothing, for one of a kind that is not known.

    Raises:
        UnsupportedMediaType: It is a schema 1 manifest: its links have no sizes, and few places take it.
    """
    if document is None and is_schema1(opened.descriptor.media_type, opened.content):
        raise UnsupportedMediaType(
            f"{opened.descriptor.digest} is a schema 1 manifest, which is not copied as it is",
            media_type=opened.descriptor.media_type,
            hint="--format oci or --format v2s2 converts it",
        )
    return children_of(document) if document is not None else ()


class Delivery(Protocol):
    """What is done with the content that the walk meets."""

    def blob(self, descriptor: Descriptor) -> None:
        """Take care of a blob; called once for each digest."""

    def document(self, opened: Opened, names: tuple[str, ...]) -> None:
        """Take care of a document, after everything beneath it; twice, if names for it are found late."""


class _Family:
    """A document that waits for its children, and what waits for it."""

    __slots__ = ("missing", "names", "opened")

    def __init__(self, opened: Opened, names: tuple[str, ...], *, missing: int) -> None:
        self.opened = opened
        self.names = names
        self.missing = missing


class _Place:
    """A digest that the walk has met: done, or waited for.

    Args:
        size: What the first link said of it.
    """

    __slots__ = ("done", "size", "waiting")

    def __init__(self, size: int) -> None:
        self.size = size
        self.done = False
        """Whether it was delivered."""
        self.waiting: list[_Family] = []
        """What has to wait until then."""


class Walk:
    """One parallel walk over the graphs beneath any number of roots.

    Args:
        source: Where documents are read.
        crew: Runs the tasks.
        delivery: What to do with the content.
        limits: Bounds on depth and number of nodes.
        listener: Is told what is discovered.
        children: Says what is entered beneath a document, before any of it is delivered.
    """

    def __init__(
        self,
        source: Source,
        crew: Runs,
        delivery: Delivery,
        limits: Limits,
        listener: Listener,
        *,
        children: Children = own_children,
    ) -> None:
        self._source = source
        self._crew = crew
        self._delivery = delivery
        self._limits = limits
        self._listener = listener
        self._children = children
        self._lock = threading.Lock()
        # A digest that is linked both as a blob and as a document is delivered as both.
        self._places: dict[tuple[Digest, bool], _Place] = {}

    def root(
        self,
        opened: Opened,
        names: tuple[str, ...] = (),
        *,
        follows: Callable[[Descriptor], bool] = lambda _: True,
    ) -> None:
        """Enter a document that something else has led to.

        One that was met already, beneath another root, is delivered once more if it has names.

        Args:
            opened: The document.
            names: Names to publish it under.
            follows: Says which of its direct children belong to the walk.
        """
        try:
            if self._enter(opened.descriptor, is_document=True, waiting=None):
                self._crew.submit(lambda: self._expand(opened, names, depth=0, follows=follows))
            elif names:
                # It waits for itself as it is delivered now, and the count for what waits to be entered.
                named = _Family(opened, names, missing=1)
                self._enter(opened.descriptor, is_document=True, waiting=named)
                self._one_less(named)
        except OciError as error:
            # Threads may be at work: it is for the crew to end them, and to raise this.
            self._crew.submit(partial(_fail, error))

    def _enter(self, descriptor: Descriptor, *, is_document: bool, waiting: _Family | None) -> bool:
        """Note that a digest was met, let a family wait for it; True for the first time."""
        key = descriptor.digest, is_document
        with self._lock:
            place = self._places.get(key)
            is_new = place is None
            if place is None:
                place = self._places[key] = _Place(descriptor.size)
            if place.size != descriptor.size:
                where = f"links to {descriptor.digest} in {self._source.label}"
                raise SizeMismatch(expected=place.size, actual=descriptor.size, where=where)
            if waiting is not None and not place.done:
                waiting.missing += 1
                place.waiting.append(waiting)
            if len(self._places) > self._limits.graph_nodes:
                raise LimitExceeded(
                    limit="graph_nodes", allowed=self._limits.graph_nodes, where=self._source.label
                )
        return is_new

    def _expand(
        self,
        opened: Opened,
        names: tuple[str, ...],
        *,
        depth: int,
        follows: Callable[[Descriptor], bool] = lambda _: True,
    ) -> None:
        where = f"{self._source.label}@{opened.descriptor.digest}"
        if depth > self._limits.index_depth:
            raise LimitExceeded(limit="index_depth", allowed=self._limits.index_depth, where=where)
        self._listener(Discovered(opened.descriptor, is_document=True))
        document = parse_known(opened, where=where)
        # One child too many keeps the family from being complete before all children have been entered.
        family = _Family(opened, names, missing=1)
        for child, is_document in self._children(opened, document):
            if not follows(child):
                continue
            if self._enter(child, is_document=is_document, waiting=family):
                self._begin(child, is_document=is_document, depth=depth + 1)
        self._one_less(family)

    def _begin(self, child: Descriptor, *, is_document: bool, depth: int) -> None:
        if is_document:
            self._crew.submit(lambda: self._read(child, depth))
        else:
            self._listener(Discovered(child, is_document=False))
            self._crew.submit(lambda: self._deliver_blob(child), size=child.size)

    def _read(self, descriptor: Descriptor, depth: int) -> None:
        try:
            content = self._source.document(descriptor)
        except OciError as error:
            raise during("fetch", "source", self._source.label, descriptor, error) from error
        self._expand(Opened(descriptor, content), (), depth=depth)

    def _deliver_blob(self, descriptor: Descriptor) -> None:
        self._delivery.blob(descriptor)
        self._complete(descriptor, is_document=False)

    def _deliver_document(self, family: _Family) -> None:
        self._delivery.document(family.opened, family.names)
        self._complete(family.opened.descriptor, is_document=True)

    def _complete(self, descriptor: Descriptor, *, is_document: bool) -> None:
        with self._lock:
            place = self._places[descriptor.digest, is_document]
            place.done = True
            waiting, place.waiting = place.waiting, []
        for family in waiting:
            self._one_less(family)

    def _one_less(self, family: _Family) -> None:
        with self._lock:
            family.missing -= 1
            complete = not family.missing
        if complete:
            self._crew.submit(lambda: self._deliver_document(family))


def _fail(error: OciError) -> None:
    raise error
