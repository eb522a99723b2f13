"""The functions of Go's text/template that work on values, and the table of all that a template may call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..go_value import Nil, to_bytes, to_text, type_name, zero_element
from . import comparison, escape, report_function
from .error import Fault
from .function import AND, OR, Absent, Function, Parameter
from .printf import sprint, sprintf, sprintln

_ANY, _VALUE, _STRING, _INT = Parameter.ANY, Parameter.VALUE, Parameter.STRING, Parameter.INT
_COMPARISON: Final = (_VALUE, _VALUE)


def is_true(value: object) -> bool:
    """Tell whether if, with, and, or and not take the value for true: not false, 0, empty or nil."""
    if value is None or isinstance(value, Absent | Nil):
        return False
    return bool(value) if isinstance(value, bool | int | float | str | list | tuple | Mapping) else True


def index(item: object, *indexes: object) -> object:
    """Return an element of a list, a string's byte, or a map's element, and so on into what it holds.

    Raises:
        Fault: An index that is out of range or of the wrong type, or an item that has no elements.
    """
    if item is None or item is Absent.VALUE:
        message = "index of untyped nil"
        raise Fault(message)
    for key in indexes:
        if item is None or item is Nil.POINTER:
            message = "index of nil pointer"
            raise Fault(message)
        item = _element(item, key)
    return item


def slice_(item: object, *indexes: object) -> object:
    """Return a part of a string, by its bytes, or of a list.

    Raises:
        Fault: Indexes that are out of range or out of order, or an item that has no parts.
    """
    if len(indexes) > 3 or (isinstance(item, str) and len(indexes) == 3):
        message = f"too many slice indexes: {len(indexes)}"
        raise Fault(message)
    if not isinstance(item, str | list | tuple) and item is not Nil.SLICE:
        raise Fault(f"can't slice item of type {_type_name(item)}")
    sequence: bytes | list[object] | tuple[object, ...]
    sequence = to_bytes(item) if isinstance(item, str) else item if isinstance(item, list | tuple) else []
    bounds = [_position(key, len(sequence)) for key in indexes]
    begin, end, *_ = [*bounds, *([0, len(sequence)][len(bounds) :])]
    if begin > end or bounds != sorted(bounds):
        raise Fault(f"invalid slice index: {bounds}")
    part = sequence[begin:end]
    return to_text(part) if isinstance(part, bytes) else part


def length(item: object) -> int:
    """Return the length of a string in bytes, or of a list or a map.

    Raises:
        Fault: The item has no length.
    """
    if isinstance(item, str):
        return len(to_bytes(item))
    if isinstance(item, list | tuple | Mapping):
        return len(item)
    if item is Nil.SLICE or item is Nil.MAP:
        return 0
    raise Fault(f"len of type {_type_name(item)}")


def _element(item: object, key: object) -> object:
    if isinstance(item, Mapping) or item is Nil.MAP:
        if not isinstance(key, str):
            raise Fault(f"value has type {_type_name(key)}; should be string")
        return item.get(key, zero_element(item)) if isinstance(item, Mapping) else ""
    if isinstance(item, str):
        item = to_bytes(item)
    if isinstance(item, bytes | list | tuple) or item is Nil.SLICE:
        sequence: bytes | list[object] | tuple[object, ...] = (
            item if isinstance(item, bytes | list | tuple) else []
        )
        position = _position(key, len(sequence) - 1)
        return sequence[position]
    raise Fault(f"can't index item of type {_type_name(item)}")


def _position(key: object, most: int) -> int:
    if isinstance(key, bool) or not isinstance(key, int):
        raise Fault(f"cannot index slice/array with type {_type_name(key)}")
    if not 0 <= key <= most:
        raise Fault(f"index out of range: {key}")
    return key


def _type_name(value: object) -> str:
    return "nil" if isinstance(value, Absent) else type_name(value)


def _text(values: tuple[object, ...]) -> str:
    """Return the text that the escaping functions escape."""
    return sprint(["<no value>" if value is None else value for value in values])


def _negate(value: object) -> bool:
    return not is_true(value)


FUNCTIONS: Final[Mapping[str, Function]] = {
    "and": AND,
    "eq": Function(comparison.equal, (_VALUE,), _VALUE),
    "ge": Function(comparison.greater_or_equal, _COMPARISON),
    "gt": Function(comparison.greater, _COMPARISON),
    "html": Function(lambda *values: escape.html(_text(values)), (), _ANY),
    "index": Function(index, (_VALUE,), _VALUE),
    "join": Function(report_function.join, (Parameter.STRINGS, _STRING)),
    "js": Function(lambda *values: escape.js(_text(values)), (), _ANY),
    "json": Function(report_function.json, (_ANY,)),
    "le": Function(comparison.less_or_equal, _COMPARISON),
    "len": Function(length, (_VALUE,)),
    "lower": Function(report_function.lower, (_STRING,)),
    "lt": Function(comparison.less, _COMPARISON),
    "ne": Function(comparison.not_equal, _COMPARISON),
    "not": Function(_negate, (_VALUE,)),
    "or": OR,
    "pad": Function(report_function.pad, (_STRING, _INT, _INT)),
    "print": Function(lambda *values: sprint(values), (), _ANY),
    "printf": Function(lambda template, *values: sprintf(template, values), (_STRING,), _ANY),
    "println": Function(lambda *values: sprintln(values), (), _ANY),
    "replace": Function(report_function.replace, (_STRING, _STRING, _STRING)),
    "slice": Function(slice_, (_VALUE,), _VALUE),
    "split": Function(report_function.split, (_STRING, _STRING)),
    "title": Function(report_function.title, (_STRING,)),
    "truncate": Function(report_function.truncate, (_STRING, _INT)),
    "upper": Function(report_function.upper, (_STRING,)),
    "urlquery": Function(lambda *values: escape.urlquery(_text(values)), (), _ANY),
}
