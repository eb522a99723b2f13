"""Looking up header fields by name, whatever kind of mapping carries them (RFC 9110, section 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def value(headers: Mapping[str, str], name: str) -> str | None:
    """Return a field's value without surrounding blanks, or None where the field is absent.

    Args:
        headers: The fields. A mapping that compares names exactly is searched, since case means nothing.
        name: The field's name.
    """
    found = headers.get(name)
    if found is None:
        wanted = name.lower()
        found = next((text for key, text in headers.items() if key.lower() == wanted), None)
    return None if found is None else found.strip(" \t")


def count(headers: Mapping[str, str], name: str) -> int | None:
    """Return a field that is a number of 0 or more, or None where it is absent or anything else."""
    text = value(headers, name)
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > 18:
        return None
    return int(text)
