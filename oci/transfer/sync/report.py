"""What came of a synchronisation: a result for each image, and the sum of them."""

from __future__ import annotations

import enum
import threading
from typing import TYPE_CHECKING, Final

from ...frozen import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...errors import OciError
    from ...spec import Digest
    from ...wire.rate_limit import RateLimit

MAX_KEPT: Final = 5000
"""Results of each kind that a report keeps; all are counted, and all are told as they come."""


class Verdict(enum.Enum):
    """What became of one image."""

    COPIED = "copied"
    """It was brought up to date."""
    UNCHANGED = "unchanged"
    """The destination had it already."""
    PRUNED = "pruned"
    """It was removed from the destination, since the source does not have it."""
    WOULD_COPY = "would-copy"
    """A dry run: it is not at the destination, or another one is."""
    WOULD_PRUNE = "would-prune"
    """A dry run: the source does not have it."""
    FAILED = "failed"
    """It could not be done."""
    NOT_DONE = "not-done"
    """It was given up because something else had failed."""


@frozen(kw_only=True)
class ImageResult:
    """What became of one image, or of a repository that could not be listed.

    Args:
        source: The image at the source, as people write it; empty for one that is there no more.
        destination: The image at the destination.
        verdict: What became of it.
        digest: What the destination's name stands for now, if that is known.
        sent_bytes: Bytes of blobs that were moved for it.
        signatures: Signatures that were added to it apart from its blobs; in a dry run, that would be.
        error: Why it failed.
    """

    source: str
    destination: str
    verdict: Verdict
    digest: Digest | None = None
    sent_bytes: int = 0
    signatures: int = 0
    error: OciError | None = None


@frozen(kw_only=True)
class SyncReport:
    """What came of it all.

    Args:
        counts: How many images there are of each verdict.
        images: The results, but for those of unchanged images: the first `MAX_KEPT` of each kind.
        sent_bytes: Bytes of blobs that were moved.
        signatures: Signatures that were added; in a dry run, that would be.
        repositories: Places that images were taken from.
        rate_limits: What registries have said last of the requests that they still answer, by host.
    """

    counts: Mapping[Verdict, int]
    images: tuple[ImageResult, ...]
    sent_bytes: int
    repositories: int
    signatures: int = 0
    rate_limits: Mapping[str, RateLimit] = field(default_factory=dict)

    def count(self, verdict: Verdict) -> int:
        """Return how many images have a verdict."""
        return self.counts.get(verdict, 0)

    @property
    def failures(self) -> tuple[ImageResult, ...]:
        """What failed, in the order in which it did."""
        return tuple(image for image in self.images if image.verdict is Verdict.FAILED)

    @property
    def succeeded(self) -> bool:
        """Whether everything that was asked for is done."""
        return not self.count(Verdict.FAILED) and not self.count(Verdict.NOT_DONE)


class Account:
    """Collects results from several threads.

    Args:
        listener: Is told each result, one call at a time.
    """

    def __init__(self, listener: Callable[[ImageResult], None]) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._counts: dict[Verdict, int] = {}
        self._kept: list[ImageResult] = []
        self._sent = 0
        self._signatures = 0
        self._repositories = 0

    def enter(self, result: ImageResult) -> None:
        """Take a result."""
        with self._lock:
            count = self._counts.get(result.verdict, 0)
            self._counts[result.verdict] = count + 1
            self._sent += result.sent_bytes
            self._signatures += result.signatures
            if result.verdict is not Verdict.UNCHANGED and count < MAX_KEPT:
                self._kept.append(result)
            self._listener(result)

    def enter_repository(self) -> None:
        """Count a place that images are taken from."""
        with self._lock:
            self._repositories += 1

    def report(self, rate_limits: Mapping[str, RateLimit]) -> SyncReport:
        """Return what has been collected, with what registries have said of their limits."""
        with self._lock:
            return SyncReport(
                counts=dict(self._counts),
                images=tuple(self._kept),
                sent_bytes=self._sent,
                repositories=self._repositories,
                signatures=self._signatures,
                rate_limits=rate_limits,
            )
