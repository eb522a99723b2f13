"""Finding what is attached to an image, so that it can go along.

Two ways are looked at: what names the image as its subject (referrers API, fallback tag, or a scan, as the
source has it), and cosign's tags, which are made of the image's digest. A source that could not be asked
is an error: a copy that loses signatures because of a throttled request must not look like a complete one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..content import ListsReferrers, Opened, Unknown
from ..errors import LimitExceeded, NotFound, OciError
from ..spec.attachment import COSIGN_SUFFIXES, cosign_tag
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
        for suffix in COSIGN_SUFFIXES:
            tag = cosign_tag(subject.digest, suffix)
            try:
                yield source.open(tag), (tag,)
            except NotFound:
                continue
    except OciError as error:
        raise during("list", "source", source.label, subject, error) from error


def _referrers(source: Source, subject: Descriptor, limits: Limits) -> tuple[Descriptor, ...]:
    if not isinstance(source, ListsReferrers):
        return ()
    answer = source.referrers(subject.digest)
    if isinstance(answer, Unknown):
        raise answer.reason
    if len(answer.descriptors) > limits.referrers:
        raise LimitExceeded(limit="referrers", allowed=limits.referrers, where=source.label)
    return answer.descriptors
