"""Signing images, and storing what comes of it beside what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..content import Deletes, Opened
from ..content.graph import parse_known
from ..errors import LimitExceeded, NotFound, Unsupported
from ..frozen import frozen, replace
from ..spec import Index
from ..spec.attachment import COSIGN_SUFFIXES, cosign_tag
from ..transports.name import REGISTRY, ImageName
from ..trust import Family, Subject
from ..trust.cosign.shelf import store
from .admission import name_of
from .place import Context, Places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..content import Sink, Source
    from ..spec import Descriptor, Digest, Platform, Reference
    from ..transfer import CopyResult
    from ..trust import Signature
    from ..trust.family import Signer


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
    signatures_in: str = "",
    context: Context | None = None,
) -> tuple[Signed, ...]:
    """Sign an image, and store the signature where its family has it.

    That is under cosign's tag of the image, or for signatures of the Notary Project among its referrers.

    Args:
        image: The image's name.
        signer: Makes the signatures.
        recursive: Whether to sign everything that an index links, too.
        signatures_in: Another repository for the signatures, such as ``host/signatures``.
        context: Settings, cancelling, limits and warnings.

    Returns:
        What was signed, the image itself first.

    Raises:
        NotFound: The image is not there.
        Locked: Others keep replacing the signatures.
    """
    name, context = ImageName.parse(image), context or Context()
    with Places(context) as places:
        place = places.sink(name)
        shelf = places.sink(repository(signatures_in)) if signatures_in else place
        signed = []
        for opened, platform in _documents(place, place.open(name.name), context, recursive=recursive):
            subject = Subject(
                content=opened.content, digest=opened.descriptor.digest, name=name_to_sign(name)
            )
            made = signer.sign(subject)
            signed.append(
                Signed(
                    digest=subject.digest,
                    platform=platform,
                    identity=made.claimed_identity,
                    stored_at=_stored(shelf, opened.descriptor, made),
                )
            )
    return tuple(signed)


def sign_copy(
    destination: str, result: CopyResult, signer: Signer, *, context: Context | None = None
) -> tuple[Signed, ...]:
    """Sign everything that a copy has published, by its digest, as cosign does.

    Args:
        destination: Where it went, as the copy was told.
        result: What the copy did.
        signer: Makes the signatures.
        context: Settings of the destination, cancelling, limits and warnings.

    Returns:
        What was signed, in the order in which it was published.

    Raises:
        InvalidReference: The copy has no name that could be signed.
        Locked: Others keep replacing the signatures.
    """
    name = ImageName.parse(destination)
    attached = {link.digest for link in result.attached}
    own = [each for each in (*result.documents, result.root) if each.digest not in attached]
    signed = []
    with Places(context or Context()) as places:
        sink = places.sink(name)
        for digest in dict.fromkeys(each.digest for each in own):
            # The copy has verified its bytes: to sign it, the digest is enough.
            made = signer.sign(Subject(content=b"", digest=digest, name=name_to_sign(name)))
            stored_at = f"{sink.label}:{store(sink, digest, [made])}"
            signed.append(
                Signed(digest=digest, platform=None, identity=made.claimed_identity, stored_at=stored_at)
            )
    return tuple(signed)


def _stored(shelf: Sink, subject: Descriptor, made: Signature) -> str:
    """Store a signature with the document that it is of; return where."""
    if made.family is Family.NOTATION:
        from ..trust.notation.shelf import attach_signature

        return f"{shelf.label}@{attach_signature(shelf, subject, made).digest}"
    return f"{shelf.label}:{store(shelf, subject.digest, [made])}"


def repository(name: str) -> ImageName:
    """Return the place that is meant by a repository's name, with or without its transport."""
    return ImageName.parse(name if name.startswith(f"{REGISTRY}:") else f"{REGISTRY}://{name}")


def name_to_sign(image: ImageName) -> Reference | None:
    """Return the name that an image is signed under: with its tag, or without any where a digest names it."""
    named = name_of(image)
    return named if named is None or named.tag else replace(named, digest=None)


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
