"""JSON as Go's encoding/json writes it, byte for byte.

Struct fields keep their order, map keys are sorted by bytes, floats take Go's shortest form, ``<``, ``>``
and ``&`` are escaped unless the caller says otherwise (``json.Marshal`` escapes them; the ``json`` function
of podman's, docker's and skopeo's templates does not), U+2028 and U+2029 always, and an indented empty
list or object stays on one line.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from .go_time import Time
from .go_value import Nil, Struct, sorted_keys, type_name

MAX_DEPTH = 200
"""Levels of nesting; deeper (or cyclic) data is refused."""

_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in map(chr, range(0x20))} | {
    ord('"'): '\\"',
    ord("\\"): "\\\\",
    ord("\b"): "\\b",
    ord("\f"): "\\f",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    ord("\t"): "\\t",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
_HTML_ESCAPES = _ESCAPES | {ord(c): f"\\u{ord(c):04x}" for c in "<>&"}


def encode(value: object, *, indent: str = "", escape_html: bool = True) -> str:
    r"""Encode a value as ``json.Marshal``, or with an indent as ``json.MarshalIndent`` does.

    Args:
        value: Plain data or the values of `go_value` and `go_time`.
        indent: What each level is indented by; empty for the compact form.
        escape_html: Whether ``<``, ``>`` and ``&`` become ``\u003c``, ``\u003e`` and ``\u0026``.

    Returns:
        The JSON text, without a newline at its end.

    Raises:
        TypeError: A value that has no Go counterpart.
        ValueError: A float that is not finite, or more than `MAX_DEPTH` levels.
    """
    return _Encoder(indent, _HTML_ESCAPES if escape_html else _ESCAPES).value(value, 0)


class _Encoder:
    def __init__(self, indent: str, escapes: dict[int, str]) -> None:
        self._indent = indent
        self._escapes = escapes
        self._colon = ": " if indent else ":"

    def value(self, value: object, depth: int) -> str:
        if isinstance(value, str):
            return self._text(value)
        if depth > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} levels of nesting"
            raise ValueError(message)
        if isinstance(value, Mapping):
            members = [(key, value[key]) for key in sorted_keys(value)]
            return self._object(members, depth)
        if isinstance(value, list | tuple):
            return self._bracket("[", [self.value(item, depth + 1) for item in value], "]", depth)
        if isinstance(value, Struct):
            return self._object(_members(value), depth)
        return self._scalar(value)

    def _scalar(self, value: object) -> str:
        if value is None or isinstance(value, Nil):
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return int.__repr__(value)
        if isinstance(value, float):
            return encode_float(value)
        if isinstance(value, Time):
            return self._text(value.rfc3339())
        message = f"a value of the type {type_name(value)} has no JSON form"
        raise TypeError(message)

    def _object(self, members: list[tuple[str, object]] | Iterator[tuple[str, object]], depth: int) -> str:
        parts = [self._text(name) + self._colon + self.value(value, depth + 1) for name, value in members]
        return self._bracket("{", parts, "}", depth)

    def _bracket(self, opening: str, parts: list[str], closing: str, depth: int) -> str:
        if not parts or not self._indent:
            return opening + ",".join(parts) + closing
        inner = "\n" + self._indent * (depth + 1)
        return opening + inner + ("," + inner).join(parts) + "\n" + self._indent * depth + closing

    def _text(self, text: str) -> str:
        try:
            text.encode()
        except UnicodeEncodeError:
            text = "".join(
                "\\ufffd" if "\ud800" <= c <= "\udfff" else c.translate(self._escapes) for c in text
            )
            return f'"{text}"'
        return f'"{text.translate(self._escapes)}"'


def encode_float(number: float) -> str:
    """Encode a float in the shortest form, with an exponent below 1e-6 and from 1e21 on, as Go does.

    Raises:
        ValueError: The number is not finite.
    """
    if not math.isfinite(number):
        message = f"{number} has no JSON form"
        raise ValueError(message)
    digits, _, exponent = repr(abs(number)).partition("e")
    sign = "-" if math.copysign(1, number) < 0 else ""
    whole, _, fraction = digits.partition(".")
    fraction = "" if fraction == "0" else fraction
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        return sign + _positional(whole, fraction, int(exponent or 0))
    # repr() gives d.ddde±xx outside that range; Go writes the exponent's sign and no leading zero below zero.
    power = int(exponent)
    return f"{sign}{whole}{'.' + fraction if fraction else ''}e{'+' if power > 0 else '-'}{abs(power)}"


def _positional(whole: str, fraction: str, exponent: int) -> str:
    point = len(whole) + exponent
    digits = whole + fraction
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if len(digits) <= point:
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def _members(value: Struct) -> Iterator[tuple[str, object]]:
    for field in value.fields:
        if field.json == "-" or (field.omit_empty and _is_empty(field.value)):
            continue
        if field.embedded and field.json is None and isinstance(field.value, Struct):
            yield from _members(field.value)
        else:
            yield (field.name if field.json is None else field.json), field.value


def _is_empty(value: object) -> bool:
    if value is None or isinstance(value, Nil):
        return True
    return isinstance(value, bool | int | float | str | list | tuple | Mapping) and not value
