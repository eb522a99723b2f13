"""Typed access to members of parsed JSON: the wrong type is an error that names the member.

Absent and ``null`` are the same, as they are to the Go programs that write most of these documents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidDocument

if TYPE_CHECKING:
    from collections.abc import Mapping


def text(members: Mapping[str, object], key: str, *, where: str) -> str:
    """Return a string member, or an empty string where it is absent."""
    value = members.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(where, key, "a string")
    return value


def integer(members: Mapping[str, object], key: str, *, where: str) -> int | None:
    """Return an integer member, or None where it is absent."""
    value = members.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(where, key, "an integer")
    return value


def mapping(members: Mapping[str, object], key: str, *, where: str) -> dict[str, object] | None:
    """Return an object member, or None where it is absent."""
    value = members.get(key)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _wrong(where, key, "an object")
    return value


def mappings(members: Mapping[str, object], key: str, *, where: str) -> list[dict[str, object]]:
    """Return a member that is an array of objects, or an empty list where it is absent."""
    value = members.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _wrong(where, key, "an array of objects")
    return value


def texts(members: Mapping[str, object], key: str, *, where: str) -> tuple[str, ...]:
    """Return a member that is an array of strings, or an empty tuple where it is absent."""
    value = members.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong(where, key, "an array of strings")
    return tuple(value)


def text_map(members: Mapping[str, object], key: str, *, where: str) -> dict[str, str] | None:
    """Return a member that maps strings to strings, or None where it is absent."""
    value = mapping(members, key, where=where)
    if value is None:
        return None
    result: dict[str, str] = {}
    for name, item in value.items():
        if not isinstance(item, str):
            raise _wrong(where, f"{key}.{name[:80]}", "a string")
        result[name] = item
    return result


def _wrong(where: str, key: str, expected: str) -> InvalidDocument:
    return InvalidDocument(f"{where}: {key} must be {expected}")
