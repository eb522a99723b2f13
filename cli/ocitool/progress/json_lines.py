"""Progress as JSON, one object a line, for programs.

Every object has ``event`` and ``time_s`` (seconds since the start); the rest is in `SCHEMA`, from which
docs/reference/progress.md is made. Members may be added in later versions, never removed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TextIO

from oci.transfer.event import (
    Discovered,
    Finished,
    Finishing,
    Narrowed,
    Published,
    Rationed,
    Replaced,
    Retried,
    Started,
    Warned,
)

from .display import Display

if TYPE_CHECKING:
    from collections.abc import Callable

    from oci.spec import Descriptor
    from oci.transfer.event import Event

PERIOD_S: Final = 0.5
"""Seconds between two ``advanced`` lines of one blob."""

_CONTENT: Final = {
    "digest": "string: the content's digest",
    "size": "integer: its size in bytes",
    "media_type": "string: its media type",
}

SCHEMA: Final[dict[str, dict[str, str]]] = {
    "discovered": {**_CONTENT, "is_document": "boolean: a manifest or an index, not a blob"},
    "narrowed": {
        **_CONTENT,
        "platform": "string: what the image is for",
        "index": "string: the digest of the index that it was chosen from",
    },
    "started": {**_CONTENT, "offset": "integer: bytes in place already, from an earlier try or run"},
    "advanced": {**_CONTENT, "in_place": "integer: bytes of it at the destination by now"},
    "finished": {
        **_CONTENT,
        "outcome": "string: sent, skipped, mounted, unpacked or left-out",
        "moved": "integer: bytes that this run moved for it",
        "verified_here": "boolean: false where the destination's own check was the verdict",
    },
    "finishing": {"place": "string: the destination, which is written as a whole now"},
    "published": {**_CONTENT, "names": "array of strings: the names it was given"},
    "replaced": {**_CONTENT, "by": "string: the digest of what it has become"},
    "retried": {
        **_CONTENT,
        "attempt": "integer: which try failed, from 1",
        "delay_s": "number: seconds until the next one",
        "error": "string: what failed",
    },
    "rationed": {
        "place": "string: the source or the destination",
        "limit": "integer: requests that its registry answers in a window of time",
        "remaining": "integer: how many of them are left",
        "window_s": "integer or null: seconds that a window has, where the registry says it",
    },
    "warned": {"text": "string: one line for people"},
    "ended": {
        "succeeded": "boolean: whether the whole transfer did",
        "blobs": "object: number of finished blobs by outcome",
        "documents": "integer: manifests and indexes published",
        "moved": "integer: bytes that this run moved",
    },
}
"""The members of each kind of line, beside ``event`` and ``time_s``."""


class JsonLines(Display):
    """Shows a transfer as JSON lines.

    Args:
        stream: Where to.
        clock: Tells the time in seconds.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        super().__init__(stream, clock, period_s=PERIOD_S)
        self._told: dict[str, int] = {}

    def on_event(self, event: Event, now_s: float) -> None:
        """Write an event, unless it is one of many that `on_look` sums up."""
        match event:
            case Discovered():
                self._about(now_s, "discovered", event.descriptor, is_document=event.is_document)
            case Narrowed():
                index, platform = str(event.index.digest), str(event.chosen.platform)
                self._about(now_s, "narrowed", event.chosen, index=index, platform=platform)
            case Started():
                self._told[str(event.descriptor.digest)] = event.offset
                self._about(now_s, "started", event.descriptor, offset=event.offset)
            case Finished():
                self._finished(event, now_s)
            case Published():
                self._about(now_s, "published", event.descriptor, names=list(event.names))
            case Retried():
                self._retried(event, now_s)
            case _:
                self._on_rare_event(event, now_s)

    def _on_rare_event(self, event: Event, now_s: float) -> None:
        match event:
            case Replaced():
                self._about(now_s, "replaced", event.before, by=str(event.after.digest))
            case Finishing():
                self._line(now_s, "finishing", place=event.place)
            case Rationed():
                self._rationed(event, now_s)
            case Warned():
                self._line(now_s, "warned", text=event.text)

    def on_look(self, now_s: float) -> None:
        """Write how far each blob is that has moved since the last time."""
        for blob in self.tally.moving():
            digest = str(blob.descriptor.digest)
            if self._told.get(digest) != blob.in_place:
                self._told[digest] = blob.in_place
                self._about(now_s, "advanced", blob.descriptor, in_place=blob.in_place)

    def on_end(self, now_s: float, *, succeeded: bool) -> None:
        """Write the sum of it."""
        outcomes = {outcome.value: count for outcome, count in self.tally.outcomes().items()}
        self._line(
            now_s,
            "ended",
            succeeded=succeeded,
            blobs=outcomes,
            documents=self.tally.published,
            moved=self.tally.advanced,
        )

    def _finished(self, event: Finished, now_s: float) -> None:
        self._about(
            now_s,
            "finished",
            event.descriptor,
            outcome=event.outcome.value,
            moved=event.moved,
            verified_here=event.verified_here,
        )

    def _retried(self, event: Retried, now_s: float) -> None:
        self._about(
            now_s,
            "retried",
            event.descriptor,
            attempt=event.attempt,
            delay_s=round(event.delay_s, 3),
            error=event.error.message,
        )

    def _rationed(self, event: Rationed, now_s: float) -> None:
        stated = event.rate_limit
        self._line(
            now_s,
            "rationed",
            place=event.place,
            limit=stated.limit,
            remaining=stated.remaining,
            window_s=stated.window_s,
        )

    def _about(self, now_s: float, name: str, descriptor: Descriptor, **members: object) -> None:
        content = {
            "digest": str(descriptor.digest),
            "size": descriptor.size,
            "media_type": descriptor.media_type,
        }
        self._line(now_s, name, **content, **members)

    def _line(self, now_s: float, name: str, **members: object) -> None:
        elapsed_s = round(now_s - self.tally.began_s, 3)
        self.write(json.dumps({"event": name, "time_s": elapsed_s, **members}))
