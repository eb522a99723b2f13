"""What a synchronisation did, image by image, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.errors import RegistryError
from oci.transfer.sync import Verdict

from ..go_value import Field, Struct
from ..text import count_text, escaped, size_text

if TYPE_CHECKING:
    from oci.transfer.sync import ImageResult, SyncReport
    from oci.wire.rate_limit import RateLimit

WORDS: Final = {
    Verdict.COPIED: "copied",
    Verdict.UNCHANGED: "unchanged",
    Verdict.PRUNED: "removed",
    Verdict.WOULD_COPY: "would be copied",
    Verdict.WOULD_PRUNE: "would be removed",
    Verdict.FAILED: "failed",
    Verdict.NOT_DONE: "not done",
}


def image_line(image: ImageResult) -> str:
    """Write what became of an image in one line.

    Not how much moved for it: which image has the bytes of a layer that several have in common is chance.
    """
    names = " -> ".join(name for name in (image.source, image.destination) if name)
    signed = f" ({_signature_text(image.signatures)})" if image.signatures else ""
    reason = "" if image.error is None else f": {image.error.message}"
    return escaped(f"{WORDS[image.verdict]} {names}{signed}{reason}")


def sum_line(report: SyncReport) -> str:
    """Write the sum of it: ``2 copied (12.3 MB), 28 unchanged; 1 repository``."""
    parts = []
    for verdict, word in WORDS.items():
        if report.count(verdict):
            extent = f" ({size_text(report.sent_bytes)})" if verdict is Verdict.COPIED else ""
            parts.append(f"{report.count(verdict)} {word}{extent}")
    if report.signatures:
        parts.append(_signature_text(report.signatures))
    limits = "".join(
        f"; {host}: {limit.remaining} of {limit.limit} requests left"
        for host, limit in sorted(report.rate_limits.items())
    )
    places = count_text(report.repositories, "place")
    return f"{', '.join(parts) or 'nothing to do'}; {places}{limits}"


def _signature_text(count: int) -> str:
    return count_text(count, "signature")


def image_view(image: ImageResult) -> Struct:
    """Return what became of an image as JSON shows it."""
    fields = [
        Field("Source", image.source),
        Field("Destination", image.destination),
        Field("Verdict", image.verdict.value),
        Field("Digest", "" if image.digest is None else str(image.digest)),
        Field("SentBytes", image.sent_bytes),
        Field("Signatures", image.signatures),
    ]
    if image.error is not None:
        fields.append(Field("Error", _error_view(image)))
    return Struct("sync.Image", tuple(fields))


def counts_view(report: SyncReport) -> Struct:
    """Return the sums as JSON shows them."""
    return Struct(
        "sync.Sum",
        (
            Field("Succeeded", report.succeeded),
            Field("Counts", {verdict.value: report.count(verdict) for verdict in Verdict}),
            Field("SentBytes", report.sent_bytes),
            Field("Signatures", report.signatures),
            Field("Places", report.repositories),
            Field("RateLimits", {host: _limit_view(limit) for host, limit in report.rate_limits.items()}),
        ),
    )


def _limit_view(limit: RateLimit) -> Struct:
    fields = (Field("Limit", limit.limit), Field("Remaining", limit.remaining))
    window = () if limit.window_s is None else (Field("WindowSeconds", limit.window_s),)
    return Struct("sync.RateLimit", (*fields, *window))


def _error_view(image: ImageResult) -> Struct:
    error = image.error
    assert error is not None
    cause = error.__cause__ if error.__cause__ is not None else error
    status = cause.status if isinstance(cause, RegistryError) else 0
    return Struct(
        "sync.Error",
        (
            Field("Kind", type(cause).__name__),
            Field("Message", error.message),
            Field("Hint", error.hint),
            Field("Status", status),
        ),
    )
