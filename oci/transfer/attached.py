"""Finding what is attached to an image, so that it can go along.

Two ways are looked at: what names the image as its subject (referrers API, fallback tag, or a scan, as the
source has it), and cosign's tags, which are made of the image's digest. A source that could not be asked
is an error: a copy that loses signatures because of a throttled request must not look like a complete one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..content import ListsReferrers, Opened, Unknown
from ..errors import InvalidReference, LimitExceeded, NotFound, OciError
from ..spec.attachment import COSIGN_SUFFIXES, cosign_tag
from ..spec.reference import check_tag
from .failure import during

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..content import Limits, Source
    from ..spec import Descriptor


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
