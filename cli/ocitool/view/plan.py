"""A plan of a copy, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.transfer.event import Outcome

from ..go_value import Field, Struct
from ..text import count_text, short_digest, size_text
from .table import table

if TYPE_CHECKING:
    from oci.spec import Descriptor
    from oci.transfer import Change, CopyResult, Plan, PlannedBlob
    from oci.wire.rate_limit import RateLimit

_VERBS: Final = {
    Outcome.SENT: "send",
    Outcome.MOUNTED: "mount",
    Outcome.SKIPPED: "skip",
    Outcome.LEFT_OUT: "leave out",
}


_RECOMPRESSED: Final = "recompress"


def plan_text(plan: Plan) -> str:
    """Write a plan as two tables: every blob with what would become of it, and the sums."""
    blobs = [("ACTION", "BLOB", "SIZE", "TYPE")]
    blobs += [
        (
            _RECOMPRESSED if blob.becomes else _VERBS[blob.action],
            short_digest(blob.descriptor.digest),
            size_text(blob.descriptor.size),
            blob.descriptor.media_type + (f" to {blob.becomes}" if blob.becomes else ""),
        )
        for blob in plan.blobs
    ]
    sums = [
        (verb, count_text(plan.count(action), "blob"), size_text(plan.size(action)))
        for action, verb in _VERBS.items()
        if plan.count(action)
    ]
    if plan.recompressed:
        size = sum(blob.descriptor.size for blob in plan.recompressed)
        sums.append((_RECOMPRESSED, count_text(len(plan.recompressed), "blob"), f"{size_text(size)} before"))
    documents = (
        "publish",
        count_text(len(plan.documents), "document"),
        size_text(sum(d.size for d in plan.documents)),
    )
    is_known = all(change.after is not None for change in plan.changes if change.before == plan.root)
    digest = str(plan.root.digest) if is_known else f"{plan.root.digest} before, not known after"
    result = digest + (f" as {', '.join(plan.names)}" if plan.names else "")
    requests = f"at least {count_text(plan.requests, 'request')}"
    return f"{table(blobs)}\n{table([*sums, documents])}\n{result}\n{requests}\n"


def plan_view(plan: Plan) -> Struct:
    """Return a plan as JSON shows it."""
    actions = tuple(_VERBS)
    return Struct(
        "copy.Plan",
        (
            Field("Digest", str(plan.root.digest)),
            Field("Names", list(plan.names)),
            Field("Documents", [_content(document) for document in plan.documents]),
            Field("Blobs", [_planned(b) for b in plan.blobs]),
            Field("Bytes", {action.value: plan.size(action) for action in actions}),
            Field("Changes", [_change(change) for change in plan.changes]),
            Field("Requests", plan.requests),
        ),
    )


def result_view(result: CopyResult) -> Struct:
    """Return what a copy did as JSON shows it, in the words of the plan."""
    return Struct(
        "copy.Result",
        (
            Field("Digest", str(result.root.digest)),
            Field("Names", list(result.names)),
            Field("Documents", [_content(document) for document in result.documents]),
            Field(
                "Blobs",
                [
                    _content(
                        blob.descriptor,
                        ("Outcome", blob.outcome.value),
                        ("Moved", blob.moved),
                        ("VerifiedHere", blob.verified_here),
                    )
                    for blob in result.blobs
                ],
            ),
            Field("Changes", [_change(change) for change in result.changes]),
            Field("Attached", [str(descriptor.digest) for descriptor in result.attached]),
            Field("Moved", result.moved),
            Field("ServedBy", result.served_by, omit_empty=True),
            Field("RateLimits", _rate_limits(result), omit_empty=True),
        ),
    )


def _rate_limits(result: CopyResult) -> dict[str, Struct]:
    sides = {"Source": result.source_rate_limit, "Destination": result.destination_rate_limit}
    return {side: _rate_limit(stated) for side, stated in sides.items() if stated is not None}


def _rate_limit(stated: RateLimit) -> Struct:
    members = (Field("Limit", stated.limit), Field("Remaining", stated.remaining))
    window = () if stated.window_s is None else (Field("WindowSeconds", stated.window_s),)
    return Struct("copy.RateLimit", (*members, *window))


def _planned(blob: PlannedBlob) -> Struct:
    becomes = (("Becomes", blob.becomes),) if blob.becomes else ()
    return _content(blob.descriptor, ("Action", blob.action.value), *becomes)


def _change(change: Change) -> Struct:
    after = None if change.after is None else _content(change.after)
    return Struct("copy.Change", (Field("Before", _content(change.before)), Field("After", after)))


def _content(descriptor: Descriptor, *further: tuple[str, object]) -> Struct:
    return Struct(
        "copy.Content",
        (
            Field("MediaType", descriptor.media_type),
            Field("Digest", str(descriptor.digest)),
            Field("Size", descriptor.size),
            *(Field(name, value) for name, value in further),
        ),
    )
