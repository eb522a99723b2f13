"""The limits of this room. A template is its user's own, so they guard against mistakes more than malice."""

from typing import Final

from .error import Fault

MAX_TEMPLATE_CHARS: Final = 65_536
"""Characters of a template's text."""

MAX_DEPTH: Final = 64
"""Levels of blocks, parentheses and invoked templates, together, and levels of nesting of printed data."""

MAX_STEPS: Final = 2_000_000
"""Nodes evaluated in one rendering."""

MAX_OUTPUT_CHARS: Final = 16 * 1024 * 1024
"""Characters of a rendering's output, and of any string made on the way."""

MAX_WIDTH: Final = 1_000_000
"""The widest field and the greatest precision of printf, as in Go."""


def check_length(length: int) -> None:
    """Refuse to make a string longer than `MAX_OUTPUT_CHARS`.

    Raises:
        Fault: It would be longer.
    """
    if length > MAX_OUTPUT_CHARS:
        message = f"the output is larger than {MAX_OUTPUT_CHARS} characters"
        raise Fault(message)
