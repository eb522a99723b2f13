"""The GPG signatures of a copy: those that its source has go along, and a new one may be made.

They are read, and made, before the destination is opened: what cannot be signed, or whose signatures the
destination could not hold, is not copied. Where the destination keeps them apart from its images they are
there before the image is, so that nobody meets it unsigned; elsewhere they follow it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..content.graph import parse_known
from ..errors import InvalidReference, Unsupported
from ..frozen import frozen
from ..spec import Index
from ..transfer.attached import LEAVE_HINT, goes_bare
from ..trust import Found, Subject, Unasked
from ..trust.simple.practice import files_of, keeper_of
from ..trust.simple.shelf import LookasideShelf
from .admission import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..content import Sink
    from ..settings import Settings
    from ..spec import Descriptor, Reference
    from ..transfer import CopyOptions, CopyResult
    from ..transfer.root import Root
    from ..transports.name import ImageName
    from ..trust import Signature
    from ..trust.family import Keeper, Signer
    from ..trust.policy import Ground

_HINT = "--remove-signatures leaves them behind"


@frozen(kw_only=True)
class Signing:
    """Who signs a copy.

    Args:
        signer: Makes GPG signatures.
        identity: The name to sign, or None for the copy's own.
    """

    signer: Signer
    identity: Reference | None = None


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
        self._keeper: Keeper | None = None
        self._waiting: list[tuple[Descriptor, tuple[Signature, ...]]] = []

    def prepare(self, origin: Ground, root: Root, place: Sink | None) -> None:
        """Collect, and make, the signatures of what is about to be copied.

        Args:
            origin: The source.
            root: What is copied of it.
            place: The destination, where opening it has written nothing.

        Raises:
            OciError: Signatures cannot be read, made, or held.
        """
        documents = tuple(_documents(root, origin.source.label))
        found = list(_found(origin, self._speaking(documents)))
        self._check_rewritten(origin, root)
        is_idle = self._options.conversion.is_idle
        if found and not is_idle:
            raise Unsupported(f"{origin.image}: it is signed, and would become another image", hint=_HINT)
        if found or self._signing is not None:
            self._keeper = keeper_of(self._target, self._name, self._settings, place, documents[0].digest)
            if self._keeper is None:
                raise Unsupported(f"{self._target}: signatures cannot be kept there", hint=_HINT)
        self._waiting = found
        if self._signing is not None:
            self._check_name(self._signing)
            if is_idle:
                self._waiting += [(each, (self._signed(each),)) for each in documents]
        if isinstance(self._keeper, LookasideShelf):
            self._add()

    def _speaking(self, documents: Iterable[Descriptor]) -> Iterator[Descriptor]:
        """Yield the documents whose signatures go along."""
        if not self._options.conversion.leaves_attached:
            yield from (each for each in documents if not goes_bare(each, self._options))

    def _check_rewritten(self, origin: Ground, root: Root) -> None:
        """Refuse to take entries out of a signed index: its signatures would be lost unseen."""
        if root.rewritten is not None and any(_found(origin, self._speaking((root.rewritten,)))):
            raise Unsupported(
                f"{origin.image}: its index is signed, and would become another one", hint=LEAVE_HINT
            )

    def finish(self, result: CopyResult) -> None:
        """Add the signatures of what has arrived.

        Raises:
            OciError: That is not possible.
        """
        if self._signing is not None and not self._options.conversion.is_idle:
            own = {result.root.digest, *(each.digest for each in result.documents)}
            own -= {each.digest for each in result.attached}
            made = {each.digest: each for each in (*result.documents, result.root) if each.digest in own}
            self._waiting += [(each, (self._signed(each),)) for each in made.values()]
        self._add()

    def _add(self) -> None:
        waiting, self._waiting = self._waiting, []
        for descriptor, signatures in waiting:
            assert self._keeper is not None
            self._keeper.add(_subject(descriptor, self._name), signatures)

    def _signed(self, descriptor: Descriptor) -> Signature:
        assert self._signing is not None
        return self._signing.signer.sign(_subject(descriptor, self._signing.identity or self._name))

    def _check_name(self, signing: Signing) -> None:
        if signing.identity is None and self._name is None:
            raise InvalidReference(
                f"{self._target}: has no name that could be signed",
                hint="--sign-identity says under which name it is signed",
            )


def _documents(root: Root, where: str) -> Iterator[Descriptor]:
    yield root.opened.descriptor
    document = parse_known(root.opened, where=where)
    if isinstance(document, Index):
        yield from filter(root.follows, document.manifests)


def _found(
    origin: Ground, documents: Iterable[Descriptor]
) -> Iterator[tuple[Descriptor, tuple[Signature, ...]]]:
    for descriptor in documents:
        for shelf in files_of(origin):
            reading = shelf.read(_subject(descriptor, origin.name))
            if isinstance(reading, Unasked):
                raise reading.reason
            if isinstance(reading, Found):
                yield descriptor, reading.signatures


def _subject(descriptor: Descriptor, name: Reference | None) -> Subject:
    # To be looked up, or to be signed: nothing is verified, for which its bytes would be needed.
    return Subject(content=b"", digest=descriptor.digest, name=name)
