"""One image on its way, in steps that each run when the tasks of the one before are done.

1. Compare: what the name stands for on both sides, by one HEAD each. Left out where the destination's list
   of names has said already that it has no such name.
2. Read: the document, and what is chosen of it. The destination may have just that.
3. Walk: everything beneath it moves, children first. The name comes with the root, and last of all where
   what is attached goes along.
4. Attached: what is attached to any of the documents, then what is attached to that, until there is no more.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from ...content import HoldsOne, Opened
from ...content.graph import parse_known
from ...errors import Cancelled, LimitExceeded, OciError
from ...spec import Digest, Index
from ...spec.media_type import INDEXES
from ..attached import attached_to
from ..event import Warned
from ..failure import during
from ..root import find_root
from ..selection import Everything, Instance
from ..walk import Walk
from .party import Party
from .report import ImageResult, Verdict
from .tag_filter import is_attachment_tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...content import Name, Source
    from ...spec import Descriptor
    from ..crew import Crew
    from ..event import Event
    from ..root import Root
    from ..selection import Selection
    from .depot import Depot
    from .lane import Target
    from .option import SyncOptions


class Passage:
    """Brings one image to one place; its own delivery for the walks.

    Args:
        source: Where the image is.
        name: Its name there.
        label: The image, as people write it.
        depot: Where it goes.
        target: What it is called there.
        admit: Raises where the image must not be let in.
        options: How to synchronise.
        selection: Which images of an index.
        crew: Runs the tasks.
        tell: Is told what happens to its content.
        ended: Is told what became of it, in a thread of the crew.
    """

    def __init__(
        self,
        source: Source,
        name: Name,
        *,
        label: str,
        depot: Depot,
        target: Target,
        admit: Callable[[Name], None],
        options: SyncOptions,
        selection: Selection,
        crew: Crew,
        tell: Callable[[Event], None],
        ended: Callable[[ImageResult], None],
    ) -> None:
        self._source = source
        self._name = name
        self._label = label
        self._depot = depot
        self._target = target
        self._admit = admit
        self._options = options
        # What only holds signatures is of no platform.
        is_attachment = isinstance(name, str) and is_attachment_tag(name)
        self._selection = Everything() if is_attachment else selection
        self._limits = options.copy.limits
        self._tell = tell
        self._ended = ended
        self._party = Party(crew, self._rested)
        self._next: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._sent = 0
        self._here: Descriptor | None = None
        self._there: Descriptor | None = None
        self._verdict = Verdict.COPIED
        self._digest: Digest | None = None
        self._root: Opened | None = None
        self._subjects: list[Descriptor] = []
        self._seen: set[Digest] = set()
        self._found: dict[Digest, tuple[Opened, tuple[str, ...]]] = {}

    def begin(self, *, may_be_there: bool) -> None:
        """Begin.

        Args:
            may_be_there: Whether the destination may have such a name.
        """
        self._party.submit(partial(self._look, may_be_there=may_be_there))

    def blob(self, descriptor: Descriptor) -> None:
        """Move a blob; a walk calls this."""
        sent = self._depot.take_blob(descriptor)
        with self._lock:
            self._sent += sent

    def document(self, opened: Opened, names: tuple[str, ...]) -> None:
        """Publish a document; a walk calls this when its children are there."""
        self._depot.take_document(opened, names)
        with self._lock:
            self._subjects.append(opened.descriptor)

    def _look(self, *, may_be_there: bool) -> None:
        self._admit(self._name)
        if not may_be_there:
            self._read(self._name)
            return
        self._next = self._compare
        self._party.submit(self._look_there)
        self._party.submit(self._look_here)

    def _look_there(self) -> None:
        self._there = self._depot.find(self._target.name)

    def _look_here(self) -> None:
        try:
            self._here = self._source.resolve(self._name)
        except OciError as error:
            raise during("resolve", "source", self._source.label, None, error) from error

    def _compare(self) -> None:
        here, there = self._here, self._there
        assert here is not None
        is_same = there is not None and here.digest == there.digest
        if is_same and self._options.trusts_tags and self._takes_all(here):
            self._note_unchanged(here)
            self._party.submit(_nothing)
        else:
            self._party.submit(partial(self._read, here.digest))

    def _takes_all(self, here: Descriptor) -> bool:
        """Whether nothing has to be chosen of what the source has."""
        return isinstance(self._selection, Everything) or here.media_type not in INDEXES

    def _note_unchanged(self, descriptor: Descriptor) -> None:
        self._verdict, self._digest = Verdict.UNCHANGED, descriptor.digest
        if not self._options.copy.referrers:
            return
        self._subjects.append(descriptor)
        if descriptor.media_type in INDEXES:
            self._party.submit(partial(self._add_parts, descriptor))
        self._next = self._look_for_attached

    def _add_parts(self, descriptor: Descriptor) -> None:
        """Note the images of an index: each of them may be signed."""
        opened = Opened(descriptor, self._source.document(descriptor))
        document = parse_known(opened, where=self._source.label)
        if isinstance(document, Index):
            self._subjects.extend(document.manifests)

    def _read(self, name: Name) -> None:
        if self._options.dry_run and isinstance(self._selection, Everything):
            self._note_missing()
            return
        if self._is_chosen_there(name):
            return
        root = find_root(self._source, name, self._selection, self._limits, self._warn)
        descriptor = root.opened.descriptor
        if self._there is not None and self._there.digest == descriptor.digest and self._options.trusts_tags:
            self._note_unchanged(descriptor)
        elif self._options.dry_run:
            self._note_missing()
        else:
            self._walk(root)

    def _is_chosen_there(self, name: Name) -> bool:
        """Look whether the destination has the image that would be chosen, without reading that image."""
        selection = self._selection
        if self._there is None or not isinstance(selection, Instance) or not self._options.trusts_tags:
            return False
        try:
            opened = self._source.open(name)
            document = parse_known(opened, where=self._source.label)
            entry = document.select(selection.platform) if isinstance(document, Index) else opened.descriptor
        except OciError as error:
            raise during("resolve", "source", self._source.label, None, error) from error
        if entry.digest != self._there.digest:
            return False
        self._note_unchanged(entry)
        return True

    def _warn(self, text: str) -> None:
        self._tell(Warned(text))

    def _note_missing(self) -> None:
        self._verdict = Verdict.WOULD_COPY

    def _walk(self, root: Root) -> None:
        self._root = root.opened
        self._digest = root.opened.descriptor.digest
        names = () if self._options.copy.referrers else self._target.names
        self._tour().root(root.opened, names, follows=root.follows)
        if self._options.copy.referrers:
            self._next = self._look_for_attached
        elif isinstance(self._depot.sink, HoldsOne):
            self._next = self._name_it

    def _tour(self) -> Walk:
        return Walk(self._source, self._party, self, self._limits, self._tell)

    def _look_for_attached(self) -> None:
        subjects, self._subjects = self._subjects, []
        self._seen.update(subject.digest for subject in subjects)
        self._found = {}
        for subject in subjects:
            self._party.submit(partial(self._look_at, subject))
        self._next = self._walk_attached if subjects else self._name_it
        if not subjects:
            self._rested()

    def _look_at(self, subject: Descriptor) -> None:
        for opened, names in attached_to(self._source, subject, self._limits):
            digest = opened.descriptor.digest
            with self._lock:
                _, known = self._found.get(digest, (opened, ()))
                self._found[digest] = opened, (*known, *names)

    def _walk_attached(self) -> None:
        self._next = self._look_for_attached
        if len(self._seen) + len(self._found) > self._limits.referrers:
            raise LimitExceeded(limit="referrers", allowed=self._limits.referrers, where=self._source.label)
        walk = self._tour()
        for digest, (opened, names) in self._found.items():
            if digest in self._seen:
                if names and not self._options.dry_run:
                    self._party.submit(partial(self._depot.take_document, opened, names))
            elif self._verdict is Verdict.UNCHANGED:
                self._party.submit(partial(self._walk_if_missing, walk, opened, names))
            else:
                walk.root(opened, names)
        self._party.submit(_nothing)

    def _walk_if_missing(self, walk: Walk, opened: Opened, names: tuple[str, ...]) -> None:
        for name in names or (opened.descriptor.digest,):
            there = self._depot.find(name)
            if there is None or there.digest != opened.descriptor.digest:
                if self._options.dry_run:
                    self._note_missing()
                else:
                    self._verdict = Verdict.COPIED
                    walk.root(opened, names)
                return
        with self._lock:
            self._subjects.append(opened.descriptor)

    def _name_it(self) -> None:
        """Publish the root under its name, now that everything attached to it is there."""
        if self._root is None:
            self._finish()
        elif isinstance(self._depot.sink, HoldsOne):
            self._party.submit(partial(self._depot.choose, self._root.descriptor))
        else:
            self._party.submit(partial(self._depot.take_document, self._root, self._target.names))

    def _rested(self) -> None:
        """Go on with the next step; called when no task is left."""
        step, self._next = self._next, None
        if self._party.failure is not None or step is None:
            self._finish()
            return
        try:
            step()
        except OciError as error:
            self._party.failure = error
            self._finish()

    def _finish(self) -> None:
        error = self._party.failure
        verdict, digest = self._verdict, self._digest
        if error is not None:
            verdict, digest = (Verdict.NOT_DONE if isinstance(error, Cancelled) else Verdict.FAILED), None
        self._ended(
            ImageResult(
                source=self._label,
                destination=self._target.label,
                verdict=verdict,
                digest=digest,
                sent_bytes=self._sent,
                error=None if isinstance(error, Cancelled) else error,
            )
        )


def _nothing() -> None:
    """Do nothing: a step that adds no tasks still has to come to rest."""
