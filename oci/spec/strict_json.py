"""The one JSON loader: what two readers could understand differently is refused.

Refused are duplicate keys, keys of one object that are equal but for case (Go's decoder takes them
for the same field; maps whose keys are data, such as annotations, are exempt), ``NaN`` and ``Infinity``,
lone surrogates, nesting past a limit, integers outside of 64 bits, numbers too large for a float, and bytes
that are not UTF-8. A document that is digested or signed must mean one thing to everybody (CVE-2021-41190).
"""

from __future__ import annotations

import json
import math
from typing import Final

from ..errors import InvalidDocument

MAX_DEPTH: Final = 64
"""Levels of nested arrays and objects that a document may have; real ones have fewer than ten."""

FREE_FORM: Final = frozenset(
    {"annotations", "labels", "Labels", "ExposedPorts", "Volumes", "auths", "credHelpers", "HttpHeaders"}
)
"""Members whose keys are data rather than field names: case matters in them, to Go as well."""

_INT64_MIN: Final = -(2**63)
_INT64_MAX: Final = 2**63 - 1


def loads(raw: bytes, *, where: str, free_form: frozenset[str] = FREE_FORM) -> object:
    """Parse a JSON document strictly.

    Args:
        raw: The document's bytes. A byte order mark is refused.
        where: What the document is, for error messages.
        free_form: Members whose keys are data, and may be equal but for case.

    Returns:
        Dictionaries, lists, strings, numbers, booleans and None.

    Raises:
        InvalidDocument: The bytes break one of the rules of this module.
    """
    try:
        value: object = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
        _check(value, free_form, depth=0, is_free=False)
    except UnicodeDecodeError as error:
        raise InvalidDocument(f"{where}: not UTF-8 at byte {error.start}") from error
    except RecursionError as error:
        raise InvalidDocument(f"{where}: nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise InvalidDocument(f"{where}: not acceptable JSON: {error}") from error
    return value


def load_object(raw: bytes, *, where: str) -> dict[str, object]:
    """Parse a JSON document that must be an object; see `loads`."""
    value = loads(raw, where=where)
    if not isinstance(value, dict):
        raise InvalidDocument(f"{where}: a JSON object was expected")
    return value


def _check(value: object, free_form: frozenset[str], *, depth: int, is_free: bool) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, list):
        _check_depth(depth)
        for item in value:
            _check(item, free_form, depth=depth + 1, is_free=False)
    elif isinstance(value, dict):
        _check_depth(depth)
        if not is_free:
            _check_case(value)
        for key, member in value.items():
            _check_text(key)
            _check(member, free_form, depth=depth + 1, is_free=key in free_form)


def _check_depth(depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")


def _check_case(members: dict[str, object]) -> None:
    seen: dict[str, str] = {}
    for key in members:
        other = seen.setdefault(key.casefold(), key)
        if other != key:
            raise ValueError(f"keys {_printable(other)} and {_printable(key)} differ only in case")


def _check_text(text: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(f"lone surrogate in {_printable(text)}")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"key {_printable(key)} appears twice")
            seen.add(key)
    return result


def _printable(text: str) -> str:
    return ascii(text[:80])


def _constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _integer(digits: str) -> int:
    # Bounded before conversion: int() of a million digits takes seconds.
    value = int(digits) if len(digits) <= 20 else _INT64_MAX + 1
    if not _INT64_MIN <= value <= _INT64_MAX:
        raise ValueError("a number is out of range")
    return value


def _float(digits: str) -> float:
    value = float(digits)
    if value in {math.inf, -math.inf}:
        raise ValueError("a number is out of range")
    return value
