"""The functions that podman, skopeo and docker add to Go's templates (containers/common, pkg/report).

json, join, split, lower, upper, title, pad and truncate do as there; ``replace`` is ours. Lengths are
bytes, as in Go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import go_json
from ..go_value import Nil, to_bytes, to_text
from .error import Fault
from .limit import check_length

if TYPE_CHECKING:
    from collections.abc import Sequence


def json(value: object) -> str:
    """Encode the value as compact JSON, with ``<``, ``>`` and ``&`` as they are."""
    return go_json.encode(value, escape_html=False)


def join(parts: Sequence[str] | Nil, separator: str) -> str:
    """Join strings with a separator."""
    if isinstance(parts, Nil):
        return ""
    check_length(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def split(text: str, separator: str) -> list[str]:
    """Cut a string at each separator, or after each character where the separator is empty."""
    return text.split(separator) if separator else list(text)


def lower(text: str) -> str:
    """Return the text in lower case."""
    return text.lower() if text.isascii() else "".join(map(_lower, text))


def upper(text: str) -> str:
    """Return the text in upper case."""
    return text.upper() if text.isascii() else "".join(map(_upper, text))


def title(text: str) -> str:
    """Return the text with the first letter of each word in title case, the others as they are."""
    previous = " "
    parts: list[str] = []
    for character in text:
        parts.append(_title(character) if _separates(previous) else _valid(character))
        previous = character
    return "".join(parts)


def pad(text: str, before: int, after: int) -> str:
    """Put spaces around a text that is not empty."""
    if before < 0 or after < 0:
        message = "negative count of spaces"
        raise Fault(message)
    check_length(before + len(text) + after)
    return " " * before + text + " " * after if text else text


def truncate(text: str, length: int) -> str:
    """Cut a text to a number of bytes."""
    if length < 0:
        message = f"negative length: {length}"
        raise Fault(message)
    return to_text(to_bytes(text)[:length])


def replace(text: str, old: str, new: str) -> str:
    """Replace each occurrence of a text by another."""
    check_length(len(text) + text.count(old) * len(new))
    return text.replace(old, new)


# Go's unicode package changes the case of one character to one character, and replaces bytes that are none.


def _lower(character: str) -> str:
    return _valid(character.lower()[0])


def _upper(character: str) -> str:
    changed = character.upper()
    return _valid(changed if len(changed) == 1 else character)


def _title(character: str) -> str:
    changed = character.title()
    return _valid(changed if len(changed) == 1 else character)


def _valid(character: str) -> str:
    return "\ufffd" if "\ud800" <= character <= "\udfff" else character


def _separates(character: str) -> bool:
    """Tell whether a word may begin after the character."""
    if character.isascii():
        return not (character.isalnum() or character == "_")
    return character.isspace()
