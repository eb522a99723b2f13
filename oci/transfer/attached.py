"""Finding what is attached to an image, so that it can go along; and leaving there what others attached.

Two ways are looked at: what names the image as its subject (referrers API, fallback tag, or a scan, as the
source has it), and cosign's tags, which are made of the image's digest. A source that could not be asked
is an error: a copy that loses signatures because of a throttled request must not look like a complete one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..content import HoldsOne, ListsReferrers, Opened, Unknown
from ..content.graph import parse_known
from ..errors import InvalidReference, LimitExceeded, NotFound, OciError, Unsupported
from ..spec import Manifest
from ..spec.attachment import COSIGN_SUFFIXES, cosign_tag
from ..spec.media_type import INDEXES
from ..spec.reference import check_tag
from .failure import during

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..content import Limits, Sink, Source
    from ..spec import Descriptor
    from .option import CopyOptions
    from .root import Root

LEAVE_HINT: Final = "--remove-list-signatures leaves behind what speaks of an index"
"""What to do where an index would change that somebody has signed."""


def attached_to(
    source: Source, subject: Descriptor, limits: Limits
) -> Iterator[tuple[Opened, tuple[str, ...]]]:
    """Look for everything that is attached to one document.

    Args:
        source: Where to look.
        subject: The document.
        limits: Bounds the number of attachments.

    Yields:
        Each attached document, and the names it must be published under (cosign's tags).

    Raises:
        CopyError: The source could not be asked.
    """
    try:
        for descriptor in _referrers(source, subject, limits):
            yield Opened(descriptor, source.document(descriptor)), ()
        for tag in _cosign_tags(subject):
            try:
                yield source.open(tag), (tag,)
            except NotFound:
                continue
    except OciError as error:
        raise during("list", "source", source.label, subject, error) from error


def goes_bare(document: Descriptor, options: CopyOptions) -> bool:
    """Tell whether what is attached to a document of the image is left behind on purpose."""
    return options.leaves_indexes_bare and document.media_type in INDEXES


def check_rewritten(source: Source, root: Root, options: CopyOptions) -> None:
    """Refuse to take entries out of an index that things are attached to: they would be lost unseen.

    Args:
        source: Where the image is.
        root: What would be copied of it.
        options: What was asked for.

    Raises:
        CopyError: It is such an index, or the source could not be asked.
    """
    before = root.rewritten
    if before is None or not options.referrers or goes_bare(before, options):
        return
    if any(attached_to(source, before, options.limits)):
        error = Unsupported(
            f"index {before.digest} would become another one, and things are attached to it", hint=LEAVE_HINT
        )
        raise during("convert", "source", source.label, before, error) from error


def _cosign_tags(subject: Descriptor) -> Iterator[str]:
    for suffix in COSIGN_SUFFIXES:
        try:
            yield check_tag(cosign_tag(subject.digest, suffix))
        except InvalidReference:
            # A sha512 is too long for one, so that cosign cannot have made it.
            continue


def _referrers(source: Source, subject: Descriptor, limits: Limits) -> tuple[Descriptor, ...]:
    if not isinstance(source, ListsReferrers):
        return ()
    answer = source.referrers(subject.digest)
    if isinstance(answer, Unknown):
        raise answer.reason
    if len(answer.descriptors) > limits.referrers:
        raise LimitExceeded(limit="referrers", allowed=limits.referrers, where=source.label)
    return answer.descriptors


def publish_attached(sink: Sink, opened: Opened, tags: Sequence[str]) -> tuple[Descriptor, ...]:
    """Publish what is attached to an image under cosign's tags; what others have attached there stays.

    Args:
        sink: Where; everything beneath the document is there.
        opened: The document, as the source has it.
        tags: The tags.

    Returns:
        What the tags stand for now.

    Raises:
        CopyError: That is not possible, or what is there is of another kind.
    """
    from ..trust.attachment.tag import publish_beside  # only copies with signatures need it

    try:
        if isinstance(sink, HoldsOne):
            sink.publish(opened.descriptor, opened.content, tags)
            return (opened.descriptor,)
        document = parse_known(opened, where=sink.label)
        if isinstance(document, Manifest) and document.subject is not None:
            # It is a referrer as well, which a tag alone does not make it.
            sink.publish(opened.descriptor, opened.content)
        return tuple(publish_beside(sink, tag, opened) for tag in tags)
    except OciError as error:
        raise during("publish", "destination", sink.label, opened.descriptor, error) from error


def holds_attached(sink: Sink, opened: Opened, tag: str) -> bool:
    """Tell whether one of cosign's tags stands for a document, or for one that attaches all that it attaches.

    Args:
        sink: The destination.
        opened: The document, as the source has it.
        tag: The tag.

    Raises:
        CopyError: The destination could not be asked.
    """
    from ..trust.attachment.tag import is_within  # only copies with signatures need it

    try:
        present = sink.open(tag)
    except NotFound:
        return False
    except OciError as error:
        raise during("resolve", "destination", sink.label, opened.descriptor, error) from error
    return present.descriptor.digest == opened.descriptor.digest or is_within(opened, present, where=tag)
