"""Regular expressions for the names in certificates, with bounds on both of them."""

from __future__ import annotations

import re
from typing import Final

MAX_PATTERN: Final = 512
"""Characters that an expression may have."""
MAX_NAME: Final = 2048
"""Characters that a name may have: a longer one matches nothing, since trying it could take for ever."""


def fault_of_pattern(text: str) -> str:
    """Return what is the matter with an expression, or an empty string."""
    if len(text) > MAX_PATTERN:
        return f"has more than the {MAX_PATTERN} characters of a regular expression"
    try:
        re.compile(text)
    except re.error as error:
        return f"is no regular expression: {error}"
    return ""


def matches_whole(pattern: str, name: str) -> bool:
    """Tell whether an expression, in which nothing is the matter, matches a name from end to end."""
    return len(name) <= MAX_NAME and re.fullmatch(pattern, name) is not None
