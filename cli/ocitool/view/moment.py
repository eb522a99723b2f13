"""Times as text."""

from __future__ import annotations

import datetime as dt


def moment_text(seconds: int | None) -> str | None:
    """Write a time as RFC 3339 has it, in UTC; as a number where it is beyond the calendar; None for none.

    Args:
        seconds: Since 1970.
    """
    if seconds is None:
        return None
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(seconds)
