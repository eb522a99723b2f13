"""Which kind of progress is shown where; each kind is imported when it is chosen."""

from __future__ import annotations

import enum
import io
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .display import Display


class Mode(enum.Enum):
    """What the user may ask for."""

    AUTO = "auto"
    """Bars on a terminal, lines elsewhere."""
    PLAIN = "plain"
    """Lines of text."""
    JSON = "json"
    """Lines of JSON."""
    NONE = "none"
    """Nothing but warnings."""


def display(mode: Mode) -> Display:
    """Make the display for a mode, on stderr."""
    stream = sys.stderr
    if mode is Mode.NONE or stream is None:
        from .silent import Silent

        return Silent(stream or io.StringIO(), time.monotonic, period_s=None)
    if mode is Mode.JSON:
        from .json_lines import JsonLines

        return JsonLines(stream, time.monotonic)
    if mode is Mode.AUTO and stream.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        from .bars import Bars

        return Bars(stream, time.monotonic)
    from .plain import Plain

    return Plain(stream, time.monotonic)
