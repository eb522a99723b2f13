"""What a registry wants its users to be told: ``Warning: 299 - "text"`` (distribution-spec, "Warnings").

For people only: nothing may be decided by it. Whoever shows it shows each text once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from . import header
from .printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 4096
"""Bytes of warnings that one answer may carry; the specification allows clients to ignore more."""

_WARNING: Final = re.compile(
    r'[ \t,]*([0-9]{3})[ \t]+([^\s",]+)[ \t]+"((?:[^"\\]|\\.)*)"(?:[ \t]+"[^"]*")?', re.DOTALL
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def parse_warnings(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the warnings of an answer, in printable characters, each text once.

    Args:
        headers: The answer's header fields; several Warning fields arrive as one, joined by commas.

    Returns:
        The texts with code 299 and agent ``-``; nothing where they are too long or not understood.
    """
    field = header.value(headers, "Warning")
    if not field or len(field.encode("utf-8", errors="replace")) > MAX_BYTES:
        return ()
    found: dict[str, None] = {}
    position = 0
    while matched := _WARNING.match(field, position):
        position = matched.end()
        if (matched[1], matched[2]) == ("299", "-") and matched[3].strip():
            found[printable(_ESCAPED.sub(r"\1", matched[3]).strip(), limit=MAX_BYTES)] = None
    return tuple(found)
