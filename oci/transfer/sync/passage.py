"""One image on its way, in steps that each run when the tasks of the one before are done.

0. Judge: where a policy demands something of the image, it is read and judged before anything else.
1. Compare: what the name stands for on both sides, by one HEAD each. Left out where the destination's list
   of names has said already that it has no such name. Where images change on their way, or are taken out of
   an index, an earlier run may have noted that the one becomes the other (see `memo`).
2. Read: the document, and what is chosen of it. The destination may have just that.
3. Walk: everything beneath it moves, children first, converted if that is asked for. The name comes with the
   root, and last of all where what is attached goes along.
4. Attached: what is attached to any of the documents, then what is attached to that, until there is no more.
5. Signatures: those that the source keeps apart from its images, and new ones, if anybody sees to them. Where
   the image is there already, those that are missing are added.

The destination is opened when the image has been let in, and not before.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from ...content import HoldsOne, Opened
from ...content.graph import parse_known
from ...errors import Cancelled, LimitExceeded, OciError
from ...frozen import replace
from ...spec import Digest, Index
from ...spec.media_type import INDEXES
from ..attached import attached_to, check_rewritten, goes_bare, holds_attached
from ..conversion.gate import converter_for
from ..event import Replaced, Warned
from ..failure import during
from ..root import check_root, find_root
from ..selection import Everything, Instance, Subset
from ..walk import Walk
from .attendant import Attendance
from .memo import wish_of
from .party import Party
from .report import ImageResult, Verdict
from .tag_filter import is_attachment_tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...content import CancelToken, Name, Source
    from ...spec import Descriptor
    from ..conversion.converter import Made, Recipe
    from ..crew import Crew
    from ..event import Event
    from ..root import Judge, Root
    from ..selection import Selection
    from .attendant import Attendant
    from .depot import Depot
    from .lane import Target
    from .memo import Page
    from .option import SyncOptions


class Passage:
    """Brings one image to one place; its own delivery for the walks.

    Args:
        source: Where the image is.
        name: Its name there.
        label: The image, as people write it.
        open_depot: Opens the place that it goes to.
        target: What it is called there.
        admit: Raises where the image must not be let in, or returns who has to judge it first.
        attendant: Sees to its signatures, or None.
        is_apart: Says of a name at the source that what is under it is not copied, but seen to.
        page: What earlier runs have noted of the place that it comes from.
        options: How to synchronise.
        selection: Which images of an index.
        crew: Runs the tasks.
        token: Stops the work.
        tell: Is told what happens to its content.
        ended: Is told what became of it, in a thread of the crew.
    """

    def __init__(
        self,
        source: Source,
        name: Name,
        *,
        label: str,
        open_depot: Callable[[], Depot],
        target: Target,
        admit: Callable[[Name, Source], Judge | None],
        attendant: Attendant | None,
        is_apart: Callable[[str], bool],
        page: Page,
        options: SyncOptions,
        selection: Selection,
        crew: Crew,
        token: CancelToken,
        tell: Callable[[Event], None],
        ended: Callable[[ImageResult], None],
    ) -> None:
        self._source = source
        self._name = name
        self._label = label
        self._depot: Depot
        self._open_depot = open_depot
        self._target = target
        self._admit = admit
        self._is_apart = is_apart
        self._page = page
        self._options = options
        self._copy = options.copy
        if isinstance(target.name, Digest):
            # Whoever names an image by its digest must get that one.
            self._copy = replace(options.copy, digest=target.name)
        self._token = token
        # What only holds signatures is of no platform.
        is_attachment = isinstance(name, str) and is_attachment_tag(name)
        self._selection = Everything() if is_attachment else selection
        self._wish = wish_of(self._selection, options.copy)
        self._attendance: Attendance | None = None
        self._goes_apart = isinstance(name, str) and is_apart(name)
        if attendant is not None and (self._goes_apart or not is_attachment):
            self._attendance = Attendance(attendant, self._selection, dry_run=options.dry_run)
        self._limits = options.copy.limits
        self._tell = tell
        self._ended = ended
        self._party = Party(crew, self._rested)
        self._next: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._sent = self._signatures = 0
        self._is_walked = False
        self._here: Descriptor | None = None
        self._there: Descriptor | None = None
        self._verdict = Verdict.COPIED
        self._digest: Digest | None = None
        self._before: Digest | None = None
        self._root: Opened | None = None
        self._judged: Root | None = None
        self._subjects: list[Descriptor] = []
        self._seen: set[Digest] = set()
        self._found: dict[Digest, tuple[Opened, tuple[str, ...]]] = {}

    def begin(self, *, may_be_there: Callable[[], bool]) -> None:
        """Begin.

        Args:
            may_be_there: Finds out whether the destination may have such a name.
        """
        self._party.submit(partial(self._look, may_be_there=may_be_there))

    def blob(self, descriptor: Descriptor) -> None:
        """Move a blob; a walk calls this."""
        if self._options.dry_run:
            return
        sent = self._depot.take_blob(descriptor)
        with self._lock:
            self._sent += sent

    def layer(self, descriptor: Descriptor, recipe: Recipe) -> Made | None:
        """Read a layer, and move what it is to become; the converter calls this."""
        if self._options.dry_run:
            return None
        made, sent = self._depot.take_layer(descriptor, recipe)
        with self._lock:
            self._sent += sent
        return made

    def document(self, opened: Opened, names: tuple[str, ...]) -> None:
        """Publish a document; a walk calls this when its children are there."""
        self._publish(opened.descriptor, opened, names)
        self._add_subject(opened.descriptor)
        self._note(opened.descriptor)

    def _note(self, document: Descriptor) -> None:
        """Note one of the image's own documents: those that come after them are attached to them."""
        if self._attendance is not None and not self._is_walked:
            self._attendance.note(document)

    def _add_subject(self, descriptor: Descriptor) -> None:
        if not goes_bare(descriptor, self._copy):
            with self._lock:
                self._subjects.append(descriptor)

    def replaced(self, before: Descriptor, after: Opened | None, names: tuple[str, ...]) -> None:
        """Publish a document that was written anew; the converter calls this."""
        # It is no subject: had anything been attached to it, it would not have been changed.
        self._publish(before, after, names)
        if after is not None:
            self._note(after.descriptor)
        if after is not None and not self._options.dry_run:
            self._tell(Replaced(before, after.descriptor))

    def _publish(self, before: Descriptor, opened: Opened | None, names: tuple[str, ...]) -> None:
        is_root = self._root is not None and before.digest == self._root.descriptor.digest
        is_there = is_root and opened is not None and self._is_there(opened.descriptor)
        if is_root:
            self._verdict = Verdict.UNCHANGED if is_there and not self._sent else self._verdict
            self._digest = None if opened is None else opened.descriptor.digest
        if self._options.dry_run or opened is None:
            return
        if is_root:
            self._root = opened
        if names and not is_root:
            self._depot.take_attached(opened, names)
        elif not is_there:
            self._depot.take_document(opened, names)

    def _is_there(self, descriptor: Descriptor) -> bool:
        """Tell whether the name at the destination stands for a document, and that is enough."""
        there = self._there
        return there is not None and there.digest == descriptor.digest and self._options.trusts_tags

    def _look(self, *, may_be_there: Callable[[], bool]) -> None:
        judge = self._admit(self._name, self._source)
        if judge is not None:
            self._judged = find_root(self._source, self._name, self._selection, self._limits, self._warn)
            judge(self._judged)
            self._here = self._judged.index or self._judged.at_source.descriptor
        self._depot = self._open_depot()
        if self._goes_apart:
            self._verdict = Verdict.UNCHANGED
            self._party.submit(_nothing)
            return
        if not may_be_there():
            self._read(self._name)
            return
        self._next = self._compare
        self._party.submit(self._look_there)
        if self._judged is None:
            self._party.submit(self._look_here)

    def _look_there(self) -> None:
        self._there = self._depot.find(self._target.name)

    def _look_here(self) -> None:
        try:
            self._here = self._source.resolve(self._name)
        except OciError as error:
            raise during("resolve", "source", self._source.label, None, error) from error

    def _compare(self) -> None:
        here = self._here
        assert here is not None
        self._before = here.digest
        if self._is_there(here) and self._takes_all(here):
            self._note_unchanged(here)
            self._party.submit(_nothing)
        elif self._is_known(here):
            self._verdict = Verdict.UNCHANGED
            self._digest = None if self._there is None else self._there.digest
            self._party.submit(_nothing)
        else:
            self._party.submit(partial(self._read, here.digest))

    def _takes_all(self, here: Descriptor) -> bool:
        """Whether nothing has to be chosen of what the source has, nor anything changed."""
        is_whole = isinstance(self._selection, Everything) or here.media_type not in INDEXES
        return is_whole and self._copy.conversion.is_idle

    def _is_known(self, here: Descriptor) -> bool:
        """Whether an earlier run has made of this what the destination has.

        What is attached to an image may have changed since: where that goes along, the image is read.
        """
        there = self._there
        if there is None or self._wish is None or not self._options.trusts_tags or self._copy.referrers:
            return False
        return self._page.knows(self._wish, here.digest, there.digest)

    def _note_unchanged(self, descriptor: Descriptor, opened: Opened | None = None) -> None:
        self._verdict, self._digest = Verdict.UNCHANGED, descriptor.digest
        if not self._copy.referrers:
            return
        self._add_subject(descriptor)
        if descriptor.media_type in INDEXES:
            self._party.submit(partial(self._add_parts, descriptor, opened))
        self._next = self._look_for_attached

    def _add_parts(self, descriptor: Descriptor, opened: Opened | None) -> None:
        """Note the images of an index: each of them may be signed."""
        opened = opened or Opened(descriptor, self._source.document(descriptor))
        document = parse_known(opened, where=self._source.label)
        if isinstance(document, Index):
            self._subjects.extend(document.manifests)

    def _read(self, name: Name) -> None:
        if self._judged is not None:
            self._settle(self._judged)
            return
        is_bare = isinstance(self._selection, Everything) and self._copy.conversion.is_idle
        if self._options.dry_run and is_bare and self._attendance is None:
            self._note_missing()
            return
        if self._is_chosen_there(name):
            return
        self._settle(find_root(self._source, name, self._selection, self._limits, self._warn))

    def _settle(self, root: Root) -> None:
        """Do what is to be done with the document that the image begins at."""
        check_root(root, self._copy, self._depot.sink)
        check_rewritten(self._source, root, self._copy)
        self._before = (root.index or root.at_source.descriptor).digest
        if self._attendance is not None:
            self._attendance.prepare(root, self._depot.sink)
        if not self._copy.conversion.is_idle:
            self._walk(root)
        elif self._is_there(root.opened.descriptor):
            self._note_unchanged(root.opened.descriptor, root.opened)
        elif self._options.dry_run:
            self._note_missing()
        else:
            self._walk(root)

    def _is_chosen_there(self, name: Name) -> bool:
        """Look whether the destination has the image that would be chosen, without reading that image."""
        selection = self._selection
        if self._there is None or not isinstance(selection, Instance) or not self._options.trusts_tags:
            return False
        if not self._copy.conversion.is_idle:
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
        if self._options.dry_run:
            self._note_missing()
        names = () if self._copy.referrers else self._target.names
        self._converting().root(root.opened, names, follows=root.follows)
        if self._copy.referrers:
            self._next = self._look_for_attached
        elif isinstance(self._depot.sink, HoldsOne) and not self._options.dry_run:
            self._next = self._name_it

    def _converting(self) -> Walk:
        """Return the walk over the image itself: what is attached never changes."""
        converter = converter_for(self._source, self._depot.sink, self, self._copy, self._token)
        if converter is None:
            return self._tour()
        children = converter.children
        return Walk(self._source, self._party, converter, self._limits, self._tell, children=children)

    def _tour(self) -> Walk:
        return Walk(self._source, self._party, self, self._limits, self._tell)

    def _look_for_attached(self) -> None:
        is_own, self._is_walked = not self._is_walked, True
        subjects, self._subjects = self._subjects, []
        self._seen.update(subject.digest for subject in subjects)
        self._found = {}
        for subject in subjects:
            self._party.submit(partial(self._look_at, subject, is_own=is_own))
        self._next = self._walk_attached if subjects else self._name_it
        if not subjects:
            self._rested()

    def _look_at(self, subject: Descriptor, *, is_own: bool) -> None:
        for opened, names in attached_to(self._source, subject, self._limits):
            if is_own and any(map(self._is_apart, names)):
                continue
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
                    self._party.submit(partial(self._depot.take_attached, opened, names))
            elif self._verdict is Verdict.UNCHANGED:
                self._party.submit(partial(self._walk_if_missing, walk, opened, names))
            else:
                walk.root(opened, names)
        self._party.submit(_nothing)

    def _walk_if_missing(self, walk: Walk, opened: Opened, names: tuple[str, ...]) -> None:
        if names:
            is_there = all(self._has_attached(opened, tag) for tag in names)
        else:
            there = self._depot.find(opened.descriptor.digest)
            is_there = there is not None and there.digest == opened.descriptor.digest
        if is_there:
            with self._lock:
                self._subjects.append(opened.descriptor)
        elif self._options.dry_run:
            self._note_missing()
        else:
            self._verdict = Verdict.COPIED
            walk.root(opened, names)

    def _has_attached(self, opened: Opened, tag: str) -> bool:
        there = self._depot.find(tag)
        if there is None or there.digest == opened.descriptor.digest:
            return there is not None
        return holds_attached(self._depot.sink, opened, tag)

    def _name_it(self) -> None:
        """Publish the root under its name, now that everything attached to it is there."""
        if self._root is None or self._options.dry_run:
            self._see_to_signatures()
        elif isinstance(self._depot.sink, HoldsOne):
            self._party.submit(partial(self._depot.choose, self._root.descriptor))
        else:
            self._party.submit(partial(self._depot.take_document, self._root, self._target.names))

    def _rested(self) -> None:
        """Go on with the next step; called when no task is left."""
        step, self._next = self._next, None
        if self._party.failure is not None:
            self._finish()
            return
        step = step or self._see_to_signatures
        try:
            step()
        except OciError as error:
            self._party.failure = error
            self._finish()

    def _see_to_signatures(self) -> None:
        """Have the signatures added that are missing, once, and come to an end."""
        attendance, self._attendance = self._attendance, None
        if attendance is None:
            self._finish()
        else:
            self._party.submit(partial(self._attend, attendance))

    def _attend(self, attendance: Attendance) -> None:
        self._signatures = attendance.finish(self._depot.sink, self._there)
        if self._signatures and self._verdict is Verdict.UNCHANGED:
            self._verdict = Verdict.WOULD_COPY if self._options.dry_run else Verdict.COPIED
        if self._goes_apart and (found := self._depot.find(self._target.name)) is not None:
            self._digest = found.digest

    def _finish(self) -> None:
        error = self._party.failure
        verdict, digest = self._verdict, self._digest
        if error is not None:
            verdict, digest = (Verdict.NOT_DONE if isinstance(error, Cancelled) else Verdict.FAILED), None
        elif verdict is Verdict.WOULD_COPY:
            digest = None
        else:
            self._remember(digest)
        self._ended(
            ImageResult(
                source=self._label,
                destination=self._target.label,
                verdict=verdict,
                digest=digest,
                sent_bytes=self._sent,
                signatures=self._signatures,
                error=None if isinstance(error, Cancelled) else error,
            )
        )

    def _remember(self, after: Digest | None) -> None:
        """Note what has become of the image, where that is not plain to see."""
        before, wish = self._before, self._wish
        if wish is None or before is None or after is None:
            return
        # An image that no index speaks for needs no note, where nothing is changed: its digest is the same.
        if before != after or isinstance(self._selection, Subset) or not self._copy.conversion.is_idle:
            self._page.learn(wish, before, after)


def _nothing() -> None:
    """Do nothing: a step that adds no tasks still has to come to rest."""
