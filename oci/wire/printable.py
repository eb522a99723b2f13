"""Text from outside, made fit for messages: one line, bounded, without characters that steer a terminal."""

from __future__ import annotations

from typing import Final

MAX_CHARACTERS: Final = 300
"""Characters that a piece of foreign text may take up in a message."""

_ELLIPSIS: Final = "..."


def printable(text: str, *, limit: int = MAX_CHARACTERS) -> str:
    r"""Return a text with everything unprintable escaped, cut to a length.

    Control characters, line ends, direction marks and lone surrogates become ``\n``, ``\x1b``, ``\u202e``,
    ...; a backslash is doubled, so that the result can be told from what it escapes.

    Args:
        text: The text; only its beginning is looked at when it is far too long.
        limit: Characters that the result may have, at least 3.
    """
    if len(text) <= limit and text.isprintable() and "\\" not in text:
        return text  # which nearly all are: one call instead of one for each character
    escaped = "".join(map(_escape, text[: limit + 1]))
    return escaped if len(escaped) <= limit else escaped[: limit - len(_ELLIPSIS)] + _ELLIPSIS


def _escape(character: str) -> str:
    if character.isprintable() and character != "\\":
        return character
    return character.encode("unicode_escape").decode("ascii")
