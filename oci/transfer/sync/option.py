"""What a caller may ask of a synchronisation, as one value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...frozen import field, frozen
from ..option import CopyOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .report import ImageResult
    from .shard import Shard

PARALLEL_TASKS: Final = 32
"""Requests and blobs of all images together that are under way at once, unless the caller says otherwise."""

RATE_LIMIT_PAUSE_S: Final = 300.0
"""Seconds between two looks at a rate limit that is short, unless the caller says otherwise."""

MAX_REMOVED: Final = 100
"""Images that pruning one repository may remove, unless the caller says otherwise."""

MAX_REMOVED_SHARE: Final = 0.5
"""The share of a repository's matching tags that pruning may remove, unless the caller says otherwise."""


@frozen(kw_only=True)
class Pruning:
    """What is removed from the destination, and when that is refused.

    Args:
        most: Images of one repository at most.
        most_share: The share at most of what one repository would have if nothing went, from 0 to 1.
        is_forced: Whether it is done even beyond these, and where the source has no images at all.
    """

    most: int = MAX_REMOVED
    most_share: float = MAX_REMOVED_SHARE
    is_forced: bool = False


def _ignore(_result: ImageResult) -> None:
    """Drop a result."""


@frozen(kw_only=True)
class SyncOptions:
    """How to synchronise.

    Args:
        copy: How each image is copied: platforms, what is attached, what is converted, retries, the journal,
            limits, and who is told of blobs. ``names`` and ``digest`` of it do not apply.
        memo: Directory in which is remembered what became of images that change on their way, so that the
            next run recognises them without reading them; None to read them each time.
        parallel: Requests and blobs of all images together that are under way at once.
        keeps_going: Whether the other images are still done when one has failed.
        dry_run: Whether to find out only what would be done.
        trusts_tags: Whether an image counts as present where the destination's name stands for its digest;
            False looks for everything beneath it, too.
        pruning: What is removed from the destination, or None for nothing.
        shard: The share of the images that is done here, or None for all.
        shards_tags: Whether the shares are made of tags, and not of whole repositories.
        rate_limit_below: Requests that shall remain at a source: below, no image is begun. None for no such
            bound.
        rate_limit_pause_s: Seconds between two looks whether there are more again.
        on_image: Is told what became of each image, one call at a time.
    """

    copy: CopyOptions = field(default_factory=CopyOptions)
    memo: Path | None = None
    parallel: int = PARALLEL_TASKS
    keeps_going: bool = False
    dry_run: bool = False
    trusts_tags: bool = True
    pruning: Pruning | None = None
    shard: Shard | None = None
    shards_tags: bool = False
    rate_limit_below: int | None = None
    rate_limit_pause_s: float = RATE_LIMIT_PAUSE_S
    on_image: Callable[[ImageResult], None] = _ignore
