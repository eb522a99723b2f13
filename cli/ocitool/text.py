"""Text for people: what comes from outside is made harmless, numbers get units.

`escaped` is the one way by which text from outside (a registry's message, a label) reaches a terminal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from oci.wire.rate_limit import RateLimit

_HARMFUL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1: escape sequences begin with one of them
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # reordering, invisible, lines
    "\ud800-\udfff\U000e0000-\U000e007f]"  # surrogates, tags
)
_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")


def escaped(text: str, *, keep: str = "") -> str:
    r"""Return text with every character that could move a cursor or mislead an eye written as ``\uXXXX``.

    Inside of JSON strings the result means the same as the original, so that whole JSON documents may
    be passed through here as well.

    Args:
        text: Text from outside.
        keep: Characters to leave as they are, such as a newline where the text is meant to have lines.
    """
    return _HARMFUL.sub(lambda found: found[0] if found[0] in keep else _code_units(found[0]), text)


def size_text(count: float) -> str:
    """Write a number of bytes as people read it, in powers of 1000: ``12.3 MB``."""
    value = float(count)
    for unit in _UNITS:
        if value < 999.95 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def count_text(count: int, noun: str) -> str:
    """Write a number of things: ``1 blob``, ``2 blobs``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def rate_limit_text(place: str, rate_limit: RateLimit) -> str:
    """Say how many requests a registry still answers: ``9 of 100 requests per 6 h are left``."""
    window = "" if rate_limit.window_s is None else f" per {_span_text(rate_limit.window_s)}"
    return f"{place}: {rate_limit.remaining} of {rate_limit.limit} requests{window} are left"


def short_type(media_type: str) -> str:
    """Return what is worth reading of a layer's media type, ``tar+gzip``; any other one as it is."""
    for mark in ("layer.v1.", "layer.nondistributable.v1.", "rootfs.foreign.diff.", "rootfs.diff."):
        _, found, rest = media_type.partition(mark)
        if found:
            return rest
    return media_type


def short_digest(digest: object) -> str:
    """Return a digest with the first 12 characters of its hash, enough to tell blobs apart by eye."""
    algorithm, _, encoded = str(digest).partition(":")
    return f"{algorithm}:{encoded[:12]}"


def _span_text(seconds: int) -> str:
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _code_units(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
