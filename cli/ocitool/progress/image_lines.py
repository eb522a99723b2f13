"""Progress of many images: a line for each that changed or failed, and every few seconds one for all.

Blobs are counted, not kept: a synchronisation may have millions of them.
"""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self, TextIO

from oci.transfer.event import Advanced, Rationed, Retried, Warned
from oci.transfer.sync import Verdict

from ..go_json import encode
from ..text import escaped, short_digest
from ..view.sync import image_line, image_view
from .summary import rate_text
from .ticker import Ticker

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from oci.transfer.event import Event
    from oci.transfer.sync import ImageResult

PERIOD_S: Final = 5.0
"""Seconds between two lines that say how far it all is."""


class ImageLines:
    """Shows a synchronisation; a context manager, and both of its listeners.

    Args:
        stream: Where to; usually stderr.
        clock: Tells the time in seconds.
        form: ``plain``, ``json``, or ``none`` for warnings only.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float], form: str) -> None:
        self._stream = stream
        self._clock = clock
        self._form = form
        self._began_s = self._looked_s = clock()
        self._lock = threading.Lock()
        self._done = 0
        self._advanced = self._looked_bytes = 0
        self._ticker = Ticker(self._look, PERIOD_S)

    def on_event(self, event: Event) -> None:
        """Take what happens to content."""
        if isinstance(event, Advanced):
            self._advanced += event.count
        elif isinstance(event, Warned):
            self.warn(event.text)
        elif isinstance(event, Rationed) and self._form == "plain":
            limit = event.rate_limit
            self._line(f"{escaped(event.place)}: {limit.remaining} of {limit.limit} requests are left")
        elif isinstance(event, Retried) and self._form == "plain":
            digest = short_digest(event.descriptor.digest)
            reason = escaped(event.error.message)
            self._line(f"try {event.attempt} of {digest} failed, again in {event.delay_s:.1f} s: {reason}")

    def on_image(self, image: ImageResult) -> None:
        """Take what became of an image."""
        self._done += 1
        if self._form == "json":
            self._write(encode(image_view(image)))
        elif self._form == "plain" and image.verdict is not Verdict.UNCHANGED:
            self._line(image_line(image))

    def warn(self, text: str) -> None:
        """Show what the user should know."""
        if self._form == "json":
            self._write(json.dumps({"Warning": text}))
        else:
            self._write(f"ocitool: warning: {escaped(text)}")

    def note(self, text: str) -> None:
        """Show a remark for people."""
        if self._form != "json":
            self._write(f"ocitool: {escaped(text)}")

    def __enter__(self) -> Self:
        if self._form == "plain":
            self._ticker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ticker.end()

    def _look(self) -> None:
        now_s = self._clock()
        speed = rate_text(self._advanced - self._looked_bytes, now_s - self._looked_s)
        self._looked_s, self._looked_bytes = now_s, self._advanced
        self._line(f"{self._done} images done, {speed}")

    def _line(self, text: str) -> None:
        self._write(f"[{self._clock() - self._began_s:7.1f}s] {text}")

    def _write(self, line: str) -> None:
        # Nobody looks at a closed terminal or pipe, but that is no reason to stop what was asked for.
        with self._lock, suppress(OSError):
            self._stream.write(f"{line}\n")
            self._stream.flush()
