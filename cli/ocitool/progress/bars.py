"""Progress as bars on a terminal: one for each blob that moves, one for the whole transfer beneath them.

tqdm paints; it is imported with this module, which is imported only when there is a terminal to paint on.
Its own threads and locks are turned off: `Display` has one of each already.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, Final, TextIO

from tqdm import tqdm

from oci.transfer.event import Finishing, Retried, Warned

from ..text import count_text, escaped, short_digest
from .display import Display
from .summary import ending

if TYPE_CHECKING:
    from collections.abc import Callable

    from oci.spec import Digest
    from oci.transfer.event import Event

    from .tally import Blob

PERIOD_S: Final = 0.1
"""Seconds between two paintings."""
MAX_BARS: Final = 8
"""Bars of blobs at once; what moves beyond that shows in the sum only."""

USUAL_COLUMNS: Final = 80
"""The width of a terminal that does not tell."""

_FORMAT: Final = "{desc:<24} {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} {rate_fmt}{postfix}"


class Bars(Display):
    """Shows a transfer as bars.

    Args:
        stream: The terminal.
        clock: Tells the time in seconds.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        super().__init__(stream, clock, period_s=PERIOD_S)
        tqdm.monitor_interval = 0
        tqdm.set_lock(threading.RLock())
        self._bars: dict[Digest, tqdm[Any]] = {}
        self._whole: tqdm[Any] | None = None
        # Some terminals, and pseudo-terminals of programs, do not know how wide they are.
        self._columns = None if _is_wide(stream) else USUAL_COLUMNS

    def on_begin(self, now_s: float) -> None:
        """Paint the bar of the whole transfer."""
        self._whole = self._bar("total", 0, 0, position=0)

    def on_event(self, event: Event, now_s: float) -> None:
        """Write what went wrong above the bars."""
        match event:
            case Retried():
                digest, reason = short_digest(event.descriptor.digest), escaped(event.error.message)
                self._above(f"{digest}: {reason}; again in {event.delay_s:.1f} s")
            case Finishing():
                self.on_note(f"writing {event.place}", now_s)
            case Warned():
                self.on_note(f"warning: {event.text}", now_s)
            case _:
                pass

    def on_note(self, text: str, now_s: float) -> None:
        """Write a remark above the bars."""
        self._above(escaped(text))

    def on_look(self, now_s: float) -> None:
        """Paint the bars anew."""
        moving = {blob.descriptor.digest: blob for blob in self.tally.moving()[:MAX_BARS]}
        for digest in self._bars.keys() - moving.keys():
            self._bars.pop(digest).close()
        for digest, blob in moving.items():
            bar = self._bars.get(digest) or self._open(blob)
            _show(bar, blob.in_place, blob.descriptor.size)
        if self._whole is not None:
            total = count_text(len(self.tally.blobs), "blob")
            self._whole.set_postfix_str(f"{self.tally.finished} of {total}", refresh=False)
            _show(self._whole, self.tally.in_place, self.tally.size)

    def on_end(self, now_s: float, *, succeeded: bool) -> None:
        """Take the bars away and write the sum of it."""
        for bar in self._bars.values():
            bar.close()
        if self._whole is not None:
            self._whole.close()
        if succeeded or not self.tally.is_empty:
            self.write(ending(self.tally, now_s, succeeded=succeeded))

    def _open(self, blob: Blob) -> tqdm[Any]:
        taken = {bar.pos for bar in self._bars.values()}
        position = next(slot for slot in range(1, MAX_BARS + 2) if -slot not in taken)
        name = short_digest(blob.descriptor.digest)
        bar = self._bar(name, blob.in_place, blob.descriptor.size, position=position)
        self._bars[blob.descriptor.digest] = bar
        return bar

    def _bar(self, name: str, initial: int, size: int, *, position: int) -> tqdm[Any]:
        return tqdm(
            desc=name,
            initial=initial,
            total=size,
            unit="B",
            unit_scale=True,
            bar_format=_FORMAT,
            ncols=self._columns,
            dynamic_ncols=self._columns is None,
            leave=False,
            mininterval=0,
            position=position,
            file=self.stream,
        )

    def _above(self, text: str) -> None:
        tqdm.write(text, file=self.stream)


def _is_wide(stream: TextIO) -> bool:
    try:
        return os.get_terminal_size(stream.fileno()).columns > 0
    except (OSError, ValueError):
        return False


def _show(bar: tqdm[Any], in_place: int, size: int) -> None:
    bar.total = size
    bar.n = in_place
    bar.refresh()
