"""The comparisons of templates: eq, ne, lt, le, gt, ge, by the rules of Go's text/template/funcs.go.

Only values of one basic kind compare: an int is never equal to a float, it is an error to ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..go_value import Nil, Struct, to_bytes, type_name
from .error import Fault
from .function import Absent

_BASIC: Final = (("bool", bool), ("int", int), ("float", float), ("string", str))
_BAD_TYPE: Final = "invalid type for comparison"


def equal(first: object, *others: object) -> bool:
    """Tell whether the first value equals any of the others.

    Raises:
        Fault: There is nothing to compare it with, or the kinds do not compare.
    """
    if not others:
        message = "missing argument for comparison"
        raise Fault(message)
    return any(_equal(first, other) for other in others)


def not_equal(first: object, second: object) -> bool:
    """Tell whether the values differ."""
    return not equal(first, second)


def less(first: object, second: object) -> bool:
    """Tell whether the first value is smaller; strings compare by their bytes.

    Raises:
        Fault: The values are not two ints, two floats or two strings.
    """
    kinds = _basic_kind(first), _basic_kind(second)
    if None in kinds or kinds == ("bool", "bool"):
        raise Fault(_BAD_TYPE)
    if kinds[0] != kinds[1]:
        raise Fault(_incompatible(first, second))
    if isinstance(first, str) and isinstance(second, str):
        return to_bytes(first) < to_bytes(second)
    assert isinstance(first, int | float)
    assert isinstance(second, int | float)
    return first < second


def less_or_equal(first: object, second: object) -> bool:
    """Tell whether the first value is smaller or equal."""
    return less(first, second) or equal(first, second)


def greater(first: object, second: object) -> bool:
    """Tell whether the first value is greater."""
    return not less_or_equal(first, second)


def greater_or_equal(first: object, second: object) -> bool:
    """Tell whether the first value is greater or equal."""
    return not less(first, second)


def _equal(first: object, second: object) -> bool:
    kind, other = _basic_kind(first), _basic_kind(second)
    has_both = not _is_absent(first) and not _is_absent(second)
    if kind != other:
        if has_both:
            raise Fault(_incompatible(first, second))
        return False
    if kind is not None:
        return first == second
    if has_both and _shape(first) != _shape(second):
        raise Fault(f"non-comparable types {type_name(first)} and {type_name(second)}")
    if _is_nil(first) or _is_nil(second):
        return _is_nil(first) and _is_nil(second)
    if _shape(first) in ("slice", "map") or (isinstance(first, Struct) and not _is_comparable(first)):
        raise Fault(f"non-comparable type {type_name(first)}")
    return first == second


def _basic_kind(value: object) -> str | None:
    return next((name for name, kind in _BASIC if isinstance(value, kind)), None)


def _shape(value: object) -> str:
    if isinstance(value, Nil):
        return value.value
    if isinstance(value, list | tuple):
        return "slice"
    return "map" if isinstance(value, Mapping) else "struct"


def _is_absent(value: object) -> bool:
    return value is None or value is Absent.VALUE


def _is_nil(value: object) -> bool:
    return _is_absent(value) or isinstance(value, Nil)


def _is_comparable(value: Struct) -> bool:
    return not any(isinstance(field.value, list | tuple | Mapping | Struct) for field in value.fields)


def _incompatible(first: object, second: object) -> str:
    return f"incompatible types for comparison: {type_name(first)} and {type_name(second)}"
