"""Asking a source for everything that belongs to an image: each document once, several at a time."""

from __future__ import annotations

import threading
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from ..content import ListsNames, ListsReferrers, Opened, Unknown
from ..content.graph import children_of, parse_known
from ..errors import InvalidReference, LimitExceeded, NotFound, OciError
from ..frozen import frozen
from ..spec.attachment import COSIGN_SUFFIXES, cosign_tag
from ..spec.reference import check_tag
from ..transfer.crew import Crew

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..content import CancelToken, Limits, Source
    from ..spec import Descriptor, Digest, Document

MANY_NAMES: Final = 10_000
"""Names in a place up to which all are listed to find cosign's tags among them; else each is asked for."""


@frozen
class Attachment:
    """Something that is attached.

    Args:
        descriptor: What it is.
        names: The tags by which it was found; none where it names its subject itself.
    """

    descriptor: Descriptor
    names: tuple[str, ...] = ()


class Survey:
    """What was found out about an image; filled by `take`.

    Args:
        source: Whom to ask.
        limits: Bounds on depth and number.
        depth: Links to follow from the root at most, those to what is attached included; None for all.
        looks_for_attached: Whether to look for what is attached.
    """

    def __init__(
        self, source: Source, limits: Limits, *, depth: int | None, looks_for_attached: bool
    ) -> None:
        self.documents: dict[Digest, Document | None] = {}
        """Every document that was read; None for one of an unknown kind."""
        self.missing: set[Digest] = set()
        """Documents that are linked and not there."""
        self.attached: dict[Digest, tuple[Attachment, ...]] = {}
        """What is attached to each document; absent where nobody looked."""
        self.unknown: dict[Digest, OciError] = {}
        """Documents of which nobody could say what is attached to them, and why."""
        self._source = source
        self._limits = limits
        self._depth = limits.index_depth if depth is None else min(depth, limits.index_depth)
        self._looks = looks_for_attached
        self._lock = threading.Lock()
        self._met: set[Digest] = set()
        self._names: frozenset[str] | None = None

    def take(self, root: Opened, *, parallel: int, token: CancelToken) -> None:
        """Ask for all of it.

        Args:
            root: Where to begin.
            parallel: Requests at once at most.
            token: Stops the work.

        Raises:
            LimitExceeded: There is no end of it.
            OciError: The source failed.
        """
        if self._looks:
            self._names = _few_names(self._source)
        crew = Crew(parallel, token)
        self._met.add(root.descriptor.digest)
        crew.submit(partial(self._read, crew, root, 0))
        crew.wait()

    def _read(self, crew: Crew, opened: Opened, depth: int) -> None:
        digest = opened.descriptor.digest
        document = parse_known(opened, where=f"{self._source.label}@{digest}")
        with self._lock:
            self.documents[digest] = document
        if depth >= self._depth:
            return
        for child, is_document in children_of(document) if document else ():
            if is_document and self._is_new(child.digest):
                crew.submit(partial(self._fetch, crew, child, depth + 1))
        if self._looks:
            crew.submit(partial(self._look, crew, opened.descriptor, depth + 1))

    def _fetch(self, crew: Crew, link: Descriptor, depth: int) -> None:
        try:
            content = self._source.document(link)
        except NotFound:
            with self._lock:
                self.missing.add(link.digest)
            return
        self._read(crew, Opened(link, content), depth)

    def _look(self, crew: Crew, subject: Descriptor, depth: int) -> None:
        found = []
        if isinstance(self._source, ListsReferrers):
            answer = self._source.referrers(subject.digest)
            if isinstance(answer, Unknown):
                with self._lock:
                    self.unknown[subject.digest] = answer.reason
            else:
                found = [Attachment(descriptor) for descriptor in answer.descriptors]
        if len(found) > self._limits.referrers:
            raise LimitExceeded(limit="referrers", allowed=self._limits.referrers, where=self._source.label)
        for attachment in found:
            if self._is_new(attachment.descriptor.digest):
                crew.submit(partial(self._fetch, crew, attachment.descriptor, depth))
        for tag in self._cosign_tags(subject):
            try:
                opened = self._source.open(tag)
            except NotFound:
                continue
            found = [each for each in found if each.descriptor.digest != opened.descriptor.digest]
            found.append(Attachment(opened.descriptor, (tag,)))
            if self._is_new(opened.descriptor.digest):
                crew.submit(partial(self._read, crew, opened, depth))
        with self._lock:
            self.attached[subject.digest] = tuple(found)

    def _cosign_tags(self, subject: Descriptor) -> Iterator[str]:
        for suffix in COSIGN_SUFFIXES:
            try:
                tag = check_tag(cosign_tag(subject.digest, suffix))
            except InvalidReference:
                continue  # a sha512 is too long for a tag
            if self._names is None or tag in self._names:
                yield tag

    def _is_new(self, digest: Digest) -> bool:
        with self._lock:
            if digest in self._met:
                return False
            self._met.add(digest)
            if len(self._met) > self._limits.graph_nodes:
                raise LimitExceeded(
                    limit="graph_nodes", allowed=self._limits.graph_nodes, where=self._source.label
                )
            return True


def _few_names(source: Source) -> frozenset[str] | None:
    """List the names in a place, unless it has too many or will not tell."""
    if not isinstance(source, ListsNames):
        return None
    try:
        names = frozenset(islice(source.names(), MANY_NAMES + 1))
    except OciError:
        return None
    return names if len(names) <= MANY_NAMES else None
