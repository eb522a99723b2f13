"""Sizes and spans of time in the words of docker's go-units, which podman shows as well."""

from __future__ import annotations

from typing import Final

_SIZES: Final = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
_MINUTE: Final = 60
_HOUR: Final = 3600


def human_size(size: float, *, digits: int = 4) -> str:
    """Write a number of bytes: ``227.7kB``.

    Args:
        size: The number.
        digits: Significant digits.
    """
    unit = 0
    while size >= 1000 and unit < len(_SIZES) - 1:
        size /= 1000
        unit += 1
    return f"{size:.{digits}g}{_SIZES[unit]}"


def spaced_size(size: float) -> str:
    """Write a number of bytes as lists of images show it: ``228 kB``."""
    text = human_size(size, digits=3)
    end = max(position for position, letter in enumerate(text) if letter.isdigit())
    return f"{text[: end + 1]} {text[end + 1 :]}"


def human_duration(seconds: float) -> str:
    """Write a span of time: ``10 months``."""
    whole = int(seconds)
    hours = int(seconds / _HOUR + 0.5)
    for is_it, text in (
        (whole < 1, "Less than a second"),
        (whole == 1, "1 second"),
        (whole < _MINUTE, f"{whole} seconds"),
        (whole < 2 * _MINUTE, "About a minute"),
        (whole < _HOUR, f"{whole // _MINUTE} minutes"),
        (hours == 1, "About an hour"),
        (hours < 48, f"{hours} hours"),
        (hours < 24 * 7 * 2, f"{hours // 24} days"),
        (hours < 24 * 30 * 2, f"{hours // 24 // 7} weeks"),
        (hours < 24 * 365 * 2, f"{hours // 24 // 30} months"),
    ):
        if is_it:
            return text
    return f"{whole // _HOUR // 24 // 365} years"
