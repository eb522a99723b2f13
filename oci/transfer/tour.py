"""Everything that belongs to an image: what is beneath it, what is attached to it, and so on."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ..content import Opened
from ..errors import LimitExceeded
from .attached import attached_to, check_rewritten, goes_bare
from .crew import Crew
from .walk import Delivery, Walk, own_children

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..content import CancelToken, Source
    from ..spec import Descriptor, Digest
    from .conversion.converter import Converter
    from .event import Listener
    from .option import CopyOptions
    from .root import Root
    from .walk import Children

_Attached: TypeAlias = tuple[Opened, tuple[str, ...]]


class Receipt(Delivery, Protocol):
    """What is done with the content of an image, and with what is attached to it."""

    def attached(self, opened: Opened, tags: tuple[str, ...]) -> None:
        """Take care of a document under cosign's tags, under which others may have attached something."""


class Tour:
    """Walks over an image, and over what is attached to it; what is met is handed to a `Receipt`.

    Args:
        source: Where everything is.
        delivery: What to do with it.
        options: How many threads, which bounds.
        token: Stops the work.
        listener: Is told what is discovered.
        converter: Changes the image before it is handed on, or None. What is attached never changes.
    """

    def __init__(
        self,
        source: Source,
        delivery: Receipt,
        *,
        options: CopyOptions,
        token: CancelToken,
        listener: Listener,
        converter: Converter | None = None,
    ) -> None:
        self._source = source
        self._delivery = delivery
        self._options = options
        self._token = token
        self._listener = listener
        self._converter = converter
        self._lock = threading.Lock()
        self._delivered: list[Descriptor] = []
        self.attached: list[Descriptor] = []
        """What was met because it is attached: links to the documents."""

    def visit(self, root: Root, names: tuple[str, ...]) -> None:
        """Walk over what is beneath a root, the root last.

        Raises:
            CopyError: What is attached to an index would be lost, or something failed.
        """
        check_rewritten(self._source, root, self._options)
        crew = self._crew()
        walk = self._walk(crew)
        if self._converter is not None:
            walk = self._walk(crew, self._converter, self._converter.children)
        walk.root(root.opened, names, follows=root.follows)
        crew.wait()

    def visit_attached(self) -> None:
        """Walk over what is attached to anything that was met, then over what is attached to that.

        Raises:
            CopyError: The source could not be asked.
            LimitExceeded: There is no end of it.
        """
        seen = {descriptor.digest for descriptor in self._delivered}
        subjects = [each for each in self._delivered if not goes_bare(each, self._options)]
        while subjects:
            found = self._find(subjects)
            fresh = [one for digest, one in found.items() if digest not in seen]
            # A document that was met already may be attached under a name as well.
            for opened, names in (one for digest, one in found.items() if digest in seen and one[1]):
                self._delivery.attached(opened, names)
            seen.update(found)
            self.attached.extend(opened.descriptor for opened, _ in fresh)
            self._check_bound()
            met = len(self._delivered)
            self._visit_all(fresh)
            # Signatures of the images within an attached index are attached, too.
            subjects = self._delivered[met:]
            seen.update(descriptor.digest for descriptor in subjects)

    def _visit_all(self, roots: Sequence[_Attached]) -> None:
        crew = self._crew()
        walk = self._walk(crew, _Beside(self._delivery))
        for opened, names in roots:
            walk.root(opened, names)
        crew.wait()

    def _find(self, subjects: Sequence[Descriptor]) -> dict[Digest, _Attached]:
        """Look for what is attached to any of these documents; each once, with all of its names."""
        found: dict[Digest, _Attached] = {}
        crew = self._crew()

        def look(subject: Descriptor) -> None:
            for opened, names in attached_to(self._source, subject, self._options.limits):
                with self._lock:
                    _, known = found.get(opened.descriptor.digest, (opened, ()))
                    found[opened.descriptor.digest] = opened, (*known, *names)

        for subject in subjects:
            crew.submit(partial(look, subject))
        crew.wait()
        return found

    def _crew(self) -> Crew:
        return Crew(self._options.parallel, self._token)

    def _walk(self, crew: Crew, delivery: Delivery | None = None, children: Children = own_children) -> Walk:
        noted = _Noted(delivery or self._delivery, self._note)
        return Walk(self._source, crew, noted, self._options.limits, self._listener, children=children)

    def _note(self, descriptor: Descriptor) -> None:
        with self._lock:
            self._delivered.append(descriptor)

    def _check_bound(self) -> None:
        # Signatures of signatures of signatures: a registry can go on making them up.
        allowed = self._options.limits.referrers
        if len(self.attached) > allowed:
            raise LimitExceeded(limit="referrers", allowed=allowed, where=self._source.label)


class _Beside:
    """A delivery of what is attached, whose names are cosign's tags."""

    def __init__(self, receipt: Receipt) -> None:
        self._receipt = receipt

    def blob(self, descriptor: Descriptor) -> None:
        self._receipt.blob(descriptor)

    def document(self, opened: Opened, names: tuple[str, ...]) -> None:
        if names:
            self._receipt.attached(opened, names)
        else:
            self._receipt.document(opened, names)


class _Noted:
    """A delivery that notes what the source's documents were, when they have been taken care of."""

    def __init__(self, delivery: Delivery, note: Callable[[Descriptor], None]) -> None:
        self._delivery = delivery
        self._note = note

    def blob(self, descriptor: Descriptor) -> None:
        self._delivery.blob(descriptor)

    def document(self, opened: Opened, names: tuple[str, ...]) -> None:
        self._delivery.document(opened, names)
        self._note(opened.descriptor)
