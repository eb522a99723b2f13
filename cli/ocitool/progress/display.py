"""The frame of every kind of progress: it takes events, and has a thread that shows what became of them."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self, TextIO

from oci.transfer.event import Rationed, Warned

from ..text import rate_limit_text
from .tally import Tally
from .ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from oci.transfer.event import Event


class Display:
    """Shows a transfer; a context manager, and the listener of the transfer that runs inside of it.

    Args:
        stream: Where to; usually stderr.
        clock: Tells the time in seconds.
        period_s: Seconds between two looks at the tally, or None to look only when something happens.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float], *, period_s: float | None) -> None:
        self.stream = stream
        self.tally = Tally(clock())
        self._clock = clock
        self._lock = threading.Lock()
        self._short: set[str] = set()
        """Places of which it was said that they answer few requests more."""
        self._ticker = None if period_s is None else Ticker(self.look, period_s)

    def __call__(self, event: Event) -> None:
        """Take an event; called from worker threads."""
        with self._showing():
            now_s = self._clock()
            self.tally.take(event, now_s)
            self.on_event(event, now_s)
            if isinstance(event, Rationed) and event.rate_limit.is_low and event.place not in self._short:
                self._short.add(event.place)
                self.on_note(f"warning: {rate_limit_text(event.place, event.rate_limit)}", now_s)

    def warn(self, text: str) -> None:
        """Show what the user should know."""
        self(Warned(text))

    def note(self, text: str) -> None:
        """Show a remark for people."""
        with self._showing():
            self.on_note(text, self._clock())

    def __enter__(self) -> Self:
        with self._showing():
            self.on_begin(self._clock())
        if self._ticker is not None:
            self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ticker is not None:
            self._ticker.end()
        with self._showing():
            self.on_end(self._clock(), succeeded=error is None)

    def look(self) -> None:
        """Show how far the transfer is now."""
        with self._showing():
            self.on_look(self._clock())

    def on_begin(self, now_s: float) -> None:
        """Prepare; nothing has happened yet."""

    def on_event(self, event: Event, now_s: float) -> None:
        """Show an event that deserves it at once; the tally has it already."""

    def on_note(self, text: str, now_s: float) -> None:
        """Show a remark; not harmless yet."""

    def on_look(self, now_s: float) -> None:
        """Show the tally; called every period."""

    def on_end(self, now_s: float, *, succeeded: bool) -> None:
        """Say what came of it."""

    def write(self, line: str) -> None:
        """Write one line, at once."""
        self.stream.write(f"{line}\n")
        self.stream.flush()

    @contextmanager
    def _showing(self) -> Iterator[None]:
        # Nobody looks at a closed terminal or pipe, but that is no reason to stop what was asked for.
        with self._lock, suppress(OSError):
            yield
