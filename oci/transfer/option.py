"""What a caller may ask of a transfer, as one value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..content import Limits
from ..frozen import field, frozen
from ..wire.retry import RetryRule
from .conversion import Conversion
from .event import Listener, ignore
from .selection import Everything, Selection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..content import Opened
    from ..spec import Digest

PARALLEL_BLOBS: Final = 6
"""Blobs in flight at once, unless the caller says otherwise."""


def _anything(_found: Opened) -> None:
    """Let every image in."""


@frozen(kw_only=True)
class CopyOptions:
    """How to copy.

    Args:
        selection: Which images of an index are meant.
        referrers: Whether everything attached goes along: signatures, attestations, bills of materials.
        leaves_indexes_bare: Whether what speaks of an index is left behind: its GPG signatures, and what is
            attached to it. What speaks of its images goes along as it would.
        conversion: What is changed on the way; nothing, by default.
        preserves_digests: Whether any change of a digest is an error, also one that was asked for.
        names: Further names to give the image at the destination.
        digest: What the image must be after the selection, or None for whatever the name stands for; a
            destination that is named by digest takes no other.
        parallel: Blobs in flight at once.
        range_connections: Connections that may read ranges of large blobs at once, all blobs together;
            1 reads every blob in one piece.
        retries: Further tries for a blob whose transfer failed in a way that may pass.
        retry_delay_s: Seconds that the delay before the first of them is chosen from; it doubles.
        journal: Directory in which unfinished uploads are remembered, or None to forget them.
        judge: Raises for an image that must not be let in. It is shown the document that the copy begins at,
            as it is at the source, before anything is written; what it was shown is what is copied.
        limits: Bounds on what comes from outside.
        listener: Is told what happens.
    """

    selection: Selection = field(default_factory=Everything)
    referrers: bool = False
    leaves_indexes_bare: bool = False
    conversion: Conversion = field(default_factory=Conversion)
    preserves_digests: bool = False
    names: tuple[str, ...] = ()
    digest: Digest | None = None
    parallel: int = PARALLEL_BLOBS
    range_connections: int = 24
    retries: int = 5
    retry_delay_s: float = 0.5
    journal: Path | None = None
    judge: Callable[[Opened], None] = _anything
    limits: Limits = field(default_factory=Limits)
    listener: Listener = ignore

    @property
    def retry_rule(self) -> RetryRule:
        """How often a blob is tried, and how long to wait in between."""
        return RetryRule.of(self.retries + 1, self.retry_delay_s)
