"""Signing images, and storing what comes of it beside what is there."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ..content import Deletes, Opened
from ..content.graph import parse_known
from ..errors import LimitExceeded, NotFound, Unsupported
from ..frozen import frozen, replace
from ..spec import Index
from ..spec.attachment import COSIGN_SUFFIXES, cosign_tag
from ..transports.name import DIRECTORY, REGISTRY, ImageName
from ..trust import Family, Subject
from ..trust.cosign.shelf import CosignKeeper
from .admission import name_of
from .place import Context, Places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..content import Sink, Source
    from ..settings import Settings
    from ..spec import Digest, Platform, Reference
    from ..transfer import CopyResult
    from ..trust.family import Keeper, Signer


@frozen(kw_only=True)
class Signed:
    """A document that was signed.

    Args:
        digest: The document.
        platform: What it is for, where it was found in an index that says so.
        identity: The name that it was signed under.
        stored_at: Where the signature lies.
    """

    digest: Digest
    platform: Platform | None
    identity: str
    stored_at: str


def sign(
    image: str,
    signer: Signer,
    *,
    recursive: bool = False,
    identity: Reference | None = None,
    signatures_in: str = "",
    context: Context | None = None,
) -> tuple[Signed, ...]:
    """Sign an image, and store the signature where its family has it.

    That is under cosign's tag of the image; for signatures of the Notary Project among its referrers; for GPG
    signatures in ``dir:`` itself, in a registry that keeps such, or where ``registries.d`` says.

    Args:
        image: The image's name.
        signer: Makes the signatures.
        recursive: Whether to sign everything that an index links, too.
        identity: The name to sign, in place of the image's own.
        signatures_in: Another repository for the signatures, such as ``host/signatures``; not with GPG.
        context: Settings, cancelling, limits and warnings.

    Returns:
        What was signed, the image itself first.

    Raises:
        NotFound: The image is not there.
        InvalidReference: There is no name that could be signed.
        Unsupported: Such signatures cannot be kept there.
        Locked: Others keep replacing the signatures.
    """
    name, context = ImageName.parse(image), context or Context()
    with Places(context) as places:
        desk = _Desk.open(signer, name, places, identity=identity, beside=signatures_in)
        root = desk.place.open(name.name)
        documents = tuple(_documents(desk.place, root, context, recursive=recursive))
        return tuple(
            desk.sign(opened.content, opened.descriptor.digest, platform) for opened, platform in documents
        )


def sign_copy(
    destination: str, result: CopyResult, signer: Signer, *, context: Context | None = None
) -> tuple[Signed, ...]:
    """Sign everything that a copy has published, by its digest; see `sign`.

    Args:
        destination: Where it went, as the copy was told.
        result: What the copy did.
        signer: Makes the signatures.
        context: Settings of the destination, cancelling, limits and warnings.

    Returns:
        What was signed, in the order in which it was published.

    Raises:
        InvalidReference: The copy has no name that could be signed.
        Unsupported: Such signatures cannot be kept there.
        Locked: Others keep replacing the signatures.
    """
    name = ImageName.parse(destination)
    with Places(context or Context()) as places:
        desk = _Desk.open(signer, name, places, identity=None, beside="")
        # The copy has verified the bytes: where no size and no type is signed, the digest is enough.
        needs_bytes = signer.family is Family.NOTATION
        return tuple(
            desk.sign(desk.place.document(link) if needs_bytes else b"", link.digest, None)
            for link in result.own_documents
        )


@frozen(kw_only=True)
class _Desk:
    """Where the documents of one image are signed, under one name.

    Args:
        signer: Makes the signatures.
        image: The image.
        signed_as: The name to sign, or None for the signer to decide.
        place: Where the image is.
        keeper: Returns what takes the signatures of a document.
    """

    signer: Signer
    image: ImageName
    signed_as: Reference | None
    place: Source
    keeper: Callable[[Digest], Keeper]

    @classmethod
    def open(
        cls, signer: Signer, image: ImageName, places: Places, *, identity: Reference | None, beside: str
    ) -> Self:
        """Open the image's place, and the one that the signatures go to."""
        keeper: Callable[[Digest], Keeper]
        if signer.family is Family.SIMPLE:
            # They lie elsewhere, or are files of their own: the image is only read.
            place = places.source(image)
            keeper = partial(_gpg_keeper, image, places.settings(), place)
        else:
            place = sink = places.sink(image)
            shelf = places.sink(repository(beside)) if beside else sink
            files = image.location if image.transport == DIRECTORY and not beside else ""
            keeper = partial(_attaching, signer.family, shelf, files)
        signed_as = identity or name_to_sign(image, signer.family)
        return cls(signer=signer, image=image, signed_as=signed_as, place=place, keeper=keeper)

    def sign(self, content: bytes, digest: Digest, platform: Platform | None) -> Signed:
        """Sign one document, and store the signature."""
        made = self.signer.sign(Subject(content=content, digest=digest, name=self.signed_as))
        subject = Subject(content=content, digest=digest, name=name_of(self.image))
        return Signed(
            digest=digest,
            platform=platform,
            identity=made.claimed_identity,
            stored_at=self.keeper(digest).add(subject, [made]),
        )


def _attaching(family: Family, sink: Sink, files: str, _digest: Digest) -> Keeper:
    """Return what attaches signatures to images, or puts cosign's into the files of a directory."""
    if family is Family.NOTATION:
        from ..trust.notation.shelf import NotationKeeper

        return NotationKeeper(sink)
    if files:
        from ..trust.cosign.file import FileShelf

        return FileShelf(Path(files))
    return CosignKeeper(sink)


def _gpg_keeper(image: ImageName, settings: Settings, place: Source, digest: Digest) -> Keeper:
    from ..trust.simple.practice import keeper_of

    keeper = keeper_of(image, name_of(image), settings, place, digest)
    if keeper is None:
        raise Unsupported(
            f"{image}: GPG signatures cannot be kept there", hint="dir: and registries have places"
        )
    return keeper


def repository(name: str) -> ImageName:
    """Return the place that is meant by a repository's name, with or without its transport."""
    return ImageName.parse(name if name.startswith(f"{REGISTRY}:") else f"{REGISTRY}://{name}")


def name_to_sign(image: ImageName, family: Family) -> Reference | None:
    """Return the name that an image is signed under: with its tag, where it has one.

    Where a digest names it, cosign signs the repository, and GPG signatures need the digest.
    """
    named = name_of(image)
    is_whole = named is None or named.tag or family is Family.SIMPLE
    return named if is_whole else replace(named, digest=None)


def _documents(
    source: Source, opened: Opened, context: Context, *, recursive: bool
) -> Iterator[tuple[Opened, Platform | None]]:
    yield opened, None
    if recursive:
        yield from _linked(source, opened, context, 1)


def _linked(
    source: Source, opened: Opened, context: Context, depth: int
) -> Iterator[tuple[Opened, Platform | None]]:
    document = parse_known(opened, where=source.label)
    if not isinstance(document, Index):
        return
    limit = context.limits.index_depth
    if depth > limit:
        raise LimitExceeded(limit="index_depth", allowed=limit, where=source.label)
    for link in document.manifests:
        child = Opened(link, source.document(link))
        yield child, link.platform
        yield from _linked(source, child, context, depth + 1)


def remove_signatures(
    image: str,
    suffixes: Sequence[str] = COSIGN_SUFFIXES,
    *,
    signatures_in: str = "",
    context: Context | None = None,
) -> tuple[str, ...]:
    """Take away what is attached to an image under cosign's tags.

    Args:
        image: The image's name.
        suffixes: What to take away: some of `oci.spec.attachment.COSIGN_SUFFIXES`.
        signatures_in: Another repository that it lies in.
        context: Settings, cancelling, limits and warnings.

    Returns:
        What is gone; empty where nothing was there.

    Raises:
        Unsupported: Nothing can be deleted there.
    """
    name = ImageName.parse(image)
    removed = []
    with Places(context or Context()) as places:
        place = places.sink(name)
        shelf = places.sink(repository(signatures_in)) if signatures_in else place
        if not isinstance(shelf, Deletes):
            raise Unsupported(f"{shelf.label}: nothing can be deleted there")
        digest = place.resolve(name.name).digest
        for suffix in suffixes:
            tag = cosign_tag(digest, suffix)
            try:
                shelf.delete(shelf.resolve(tag).digest)
            except NotFound:
                continue
            removed.append(f"{shelf.label}:{tag}")
    return tuple(removed)
