"""The sentence at the end of a transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.transfer.event import Outcome

from ..text import count_text, size_text

if TYPE_CHECKING:
    from .tally import Tally

WORDS: Final = {
    Outcome.SENT: "sent",
    Outcome.SKIPPED: "already there",
    Outcome.MOUNTED: "mounted",
    Outcome.UNPACKED: "unpacked",
    Outcome.LEFT_OUT: "left out",
}


def ending(tally: Tally, now_s: float, *, succeeded: bool) -> str:
    """Say what came of it: ``done: 3 blobs: 2 sent (12.3 MB), 1 mounted; 1 document; 1.5 s, 8.2 MB/s``."""
    outcomes = tally.outcomes()
    parts = [_part(outcome, outcomes[outcome], tally.moved) for outcome in WORDS if outcomes[outcome]]
    blobs = count_text(tally.finished, "blob") + (f": {', '.join(parts)}" if parts else "")
    elapsed = now_s - tally.began_s
    speed = f", {rate_text(tally.advanced, elapsed)}" if tally.advanced else ""
    beginning = "done" if succeeded else "stopped"
    documents = f"; {count_text(tally.published, 'document')}" if tally.published else ""
    return f"{beginning}: {blobs}{documents}; {elapsed:.1f} s{speed}"


def rate_text(count: int, seconds: float) -> str:
    """Write a speed: ``12.3 MB/s``."""
    return f"{size_text(count / max(seconds, 0.001))}/s"


def _part(outcome: Outcome, count: int, moved: int) -> str:
    return f"{count} {WORDS[outcome]}" + (f" ({size_text(moved)})" if outcome is Outcome.SENT else "")
