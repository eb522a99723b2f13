"""The signatures of a copy that lie in files: those that its source has go along, and a new one may be made.

New ones are GPG's; those of cosign's kind lie in files in image directories, and what of them belongs to
an image in a registry is for registries.d to say, as it is for skopeo (`tags_become_files`). They are
read, and made, before the destination is opened: what cannot be signed, or whose signatures the
destination could not hold, is not copied. Where the destination keeps GPG's apart from its images they
are there before the image is, so that nobody meets it unsigned; elsewhere they follow it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidReference, Unsupported
from ..frozen import frozen
from ..transfer.attached import LEAVE_HINT, goes_bare
from ..transfer.root import documents_of
from ..trust import Family, Found, Subject, Unasked, Unsettled, Verified
from ..trust.family import examine
from ..trust.simple.practice import files_of
from ..trust.simple.shelf import LookasideShelf
from .admission import name_of, tags_become_files
from .keeper import keeper_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..content import Sink
    from ..settings import Settings
    from ..spec import Descriptor, Reference
    from ..transfer import CopyOptions
    from ..transfer.root import Root
    from ..transports.name import ImageName
    from ..trust import Signature
    from ..trust.family import OpenKeeper, Shelf, Signer, Verifier
    from ..trust.policy import Ground

_HINT = "--remove-signatures leaves them behind"


@frozen(kw_only=True)
class Signing:
    """Who signs a copy.

    Args:
        signer: Makes GPG signatures.
        identity: The name to sign, or None for the copy's own.
        recognizer: Knows signatures of the same signer: what has one already is not signed again. None signs
            in any case.
    """

    signer: Signer
    identity: Reference | None = None
    recognizer: Verifier | None = None


class Seals:
    """What is added to the signatures of a destination.

    Args:
        target: The destination.
        settings: The destination's settings.
        options: How the image is copied.
        signing: Who signs it, or None.
    """

    def __init__(
        self, target: ImageName, settings: Settings, options: CopyOptions, signing: Signing | None
    ) -> None:
        self._target = target
        self._name = name_of(target)
        self._settings = settings
        self._options = options
        self._signing = signing
        self._keeper: OpenKeeper | None = None
        self._place: Sink | None = None
        self._waiting: list[tuple[Descriptor, tuple[Signature, ...]]] = []
        self._added = 0

    def prepare(self, origin: Ground, root: Root, place: Sink | None) -> None:
        """Collect, and make, the signatures of what is about to be copied.

        Args:
            origin: The source.
            root: What is copied of it.
            place: The destination, where opening it has written nothing.

        Raises:
            OciError: Signatures cannot be read, made, or held.
        """
        self._check_rewritten(origin, root)
        self.collect(origin, documents_of(root, where=origin.source.label), place)

    def collect(self, origin: Ground, documents: Sequence[Descriptor], place: Sink | None) -> None:
        """Collect, and make, the signatures of documents; see `prepare`.

        Args:
            origin: The source.
            documents: An image's documents, which have the same digests on both sides unless they change.
            place: The destination, where opening it has written nothing.
        """
        self._waiting = self._found_for(origin, documents, place)
        if self._options.conversion.is_idle:
            self._sign(documents)
        if isinstance(self._keeper, LookasideShelf):
            self._add()

    def finish(self, documents: Sequence[Descriptor], place: Sink | None = None) -> int:
        """Add the signatures of what has arrived.

        Args:
            documents: The image's documents at the destination.
            place: The destination, where it was not open before.

        Returns:
            How many signatures were not there before.

        Raises:
            OciError: That is not possible.
        """
        self._place = place or self._place
        if not self._options.conversion.is_idle:
            self._sign(documents)
        self._add()
        return self._added

    def missing(self, origin: Ground, documents: Sequence[Descriptor], place: Sink | None) -> int:
        """Count what would be added; the arguments are those of `collect`."""
        found = self._found_for(origin, documents, place)
        carried = sum(self._fresh(each, signatures) for each, signatures in found)
        return carried + len(list(self._unsigned(documents)))

    def _found_for(
        self, origin: Ground, documents: Sequence[Descriptor], place: Sink | None
    ) -> list[tuple[Descriptor, tuple[Signature, ...]]]:
        """Return what goes along, and find out where it can be kept."""
        self._place = place
        found = list(_found(self._shelves(origin), origin, self._speaking(documents)))
        if found and not self._options.conversion.is_idle:
            raise Unsupported(f"{origin.image}: it is signed, and would become another image", hint=_HINT)
        own = {Family.SIMPLE} if self._signing is not None else set()
        families = own.union(each.family for _, signatures in found for each in signatures)
        if families:
            self._keeper = keeper_for(
                frozenset(families), self._target, self._settings, documents[0].digest, lambda: self._place
            )
        if self._signing is not None:
            self._check_name(self._signing)
        return found

    def _shelves(self, origin: Ground) -> tuple[Shelf, ...]:
        """Return the places whose signatures have to go along."""
        shelves = tuple(files_of(origin))
        if tags_become_files(origin.image, self._target, origin.session.settings):
            from ..trust.cosign.file import TagFiles

            return (*shelves, TagFiles(origin.source))
        return shelves

    def _speaking(self, documents: Iterable[Descriptor]) -> Iterator[Descriptor]:
        """Yield the documents whose signatures go along."""
        if not self._options.conversion.leaves_attached:
            yield from (each for each in documents if not goes_bare(each, self._options))

    def _check_rewritten(self, origin: Ground, root: Root) -> None:
        """Refuse to take entries out of a signed index: its signatures would be lost unseen."""
        if root.rewritten is not None and any(
            _found(self._shelves(origin), origin, self._speaking((root.rewritten,)))
        ):
            raise Unsupported(
                f"{origin.image}: its index is signed, and would become another one", hint=LEAVE_HINT
            )

    def _sign(self, documents: Sequence[Descriptor]) -> None:
        for each in self._unsigned(documents):
            assert self._signing is not None
            made = self._signing.signer.sign(_subject(each, self._signing.identity or self._name))
            self._waiting.append((each, (made,)))

    def _unsigned(self, documents: Sequence[Descriptor]) -> Iterator[Descriptor]:
        """Yield the documents that are to be signed."""
        signing = self._signing
        if signing is None:
            return
        for each in documents:
            subject = _subject(each, signing.identity or self._name)
            recognizer = signing.recognizer
            if recognizer is None or not self._is_signed(subject, recognizer):
                yield each

    def _is_signed(self, subject: Subject, recognizer: Verifier) -> bool:
        assert self._keeper is not None
        verdict = examine([self._keeper.read(subject)], recognizer, subject)
        if isinstance(verdict, Unsettled):
            raise verdict.unasked[0].reason
        return isinstance(verdict, Verified)

    def _fresh(self, descriptor: Descriptor, signatures: Iterable[Signature]) -> int:
        """Count the signatures that the destination does not have."""
        assert self._keeper is not None
        reading = self._keeper.read(_subject(descriptor, self._name))
        there = {each.envelope for each in reading.signatures} if isinstance(reading, Found) else set()
        return len({each.envelope for each in signatures} - there)

    def _add(self) -> None:
        waiting, self._waiting = self._waiting, []
        for descriptor, signatures in waiting:
            assert self._keeper is not None
            self._added += self._fresh(descriptor, signatures)
            self._keeper.add(_subject(descriptor, self._name), signatures)

    def _check_name(self, signing: Signing) -> None:
        if signing.identity is None and self._name is None:
            raise InvalidReference(
                f"{self._target}: has no name that could be signed",
                hint="--sign-identity says under which name it is signed",
            )


def _found(
    shelves: Iterable[Shelf], origin: Ground, documents: Iterable[Descriptor]
) -> Iterator[tuple[Descriptor, tuple[Signature, ...]]]:
    for descriptor in documents:
        for shelf in shelves:
            reading = shelf.read(_subject(descriptor, origin.name))
            if isinstance(reading, Unasked):
                raise reading.reason
            if isinstance(reading, Found):
                yield descriptor, reading.signatures


def _subject(descriptor: Descriptor, name: Reference | None) -> Subject:
    # To be looked up, or to be signed: nothing is verified, for which its bytes would be needed.
    return Subject(content=b"", digest=descriptor.digest, name=name)
