"""Progress as lines of text with the time since the start: for logs, where bars are noise.

A line for everything that is finished, published or tried again, and one every few seconds that says how far
the whole transfer is and how fast it was since the last such line; 0 B/s is how a stalled peer looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TextIO

from oci.transfer.event import Finished, Finishing, Outcome, Published, Replaced, Retried, Warned

from ..text import count_text, escaped, short_digest, size_text
from .display import Display
from .summary import WORDS, ending, rate_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from oci.spec import Descriptor
    from oci.transfer.event import Event

PERIOD_S: Final = 5.0
"""Seconds between two lines that say how far the transfer is."""


class Plain(Display):
    """Shows a transfer as lines.

    Args:
        stream: Where to.
        clock: Tells the time in seconds.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        super().__init__(stream, clock, period_s=PERIOD_S)
        self._looked_s = self.tally.began_s
        self._looked_bytes = 0

    def on_event(self, event: Event, now_s: float) -> None:
        """Write a line for what is done, and for what went wrong."""
        match event:
            case Finished():
                self._line(now_s, self._finished(event, now_s))
            case Replaced():
                self._line(now_s, f"{_named(event.before)} becomes {_named(event.after)}")
            case Published():
                names = f" as {escaped(', '.join(event.names))}" if event.names else ""
                self._line(now_s, f"published {short_digest(event.descriptor.digest)}{names}")
            case Finishing():
                self._line(now_s, f"writing {escaped(event.place)}")
            case Retried():
                digest = short_digest(event.descriptor.digest)
                reason = escaped(event.error.message)
                self._line(
                    now_s, f"try {event.attempt} of {digest} failed, again in {event.delay_s:.1f} s: {reason}"
                )
            case Warned():
                self.on_note(f"warning: {event.text}", now_s)
            case _:
                pass

    def on_note(self, text: str, now_s: float) -> None:
        """Write a remark as a line like any other."""
        self._line(now_s, escaped(text))

    def on_look(self, now_s: float) -> None:
        """Write a line that says how far the transfer is."""
        tally = self.tally
        speed = rate_text(tally.advanced - self._looked_bytes, now_s - self._looked_s)
        self._looked_s, self._looked_bytes = now_s, tally.advanced
        self._line(
            now_s,
            f"{size_text(tally.in_place)} of {size_text(tally.size)}, {speed},"
            f" {tally.finished} of {count_text(len(tally.blobs), 'blob')}, {len(tally.moving())} moving",
        )

    def on_end(self, now_s: float, *, succeeded: bool) -> None:
        """Write the sum of it."""
        if succeeded or not self.tally.is_empty:
            self._line(now_s, ending(self.tally, now_s, succeeded=succeeded))

    def _line(self, now_s: float, text: str) -> None:
        self.write(f"[{now_s - self.tally.began_s:7.1f}s] {text}")

    def _finished(self, event: Finished, now_s: float) -> str:
        digest = _named(event.descriptor)
        if event.outcome is not Outcome.SENT:
            return f"{WORDS[event.outcome]} {digest}"
        began_s = self.tally.blobs[event.descriptor.digest].began_s
        speed = "" if began_s is None else f", {rate_text(event.moved, now_s - began_s)}"
        note = "" if event.verified_here else ", verified by the destination"
        return f"sent {digest}{speed}{note}"


def _named(descriptor: Descriptor) -> str:
    return f"{short_digest(descriptor.digest)} {size_text(descriptor.size)}"
