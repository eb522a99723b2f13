"""Prints values as Go's fmt does: %v of everything, and the other verbs of scalars, element by element."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..go_time import Time
from ..go_value import Nil, Struct, pointed, sorted_keys, to_bytes, type_name
from . import numeral
from .error import Fault
from .limit import MAX_DEPTH, check_length
from .numeral import Spec
from .quote import can_backquote, quote, quote_rune, rune

_BASES: Final = {"d": 10, "v": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16}
_STRING_VERBS: Final = "vsxXq"
_FLOAT_VERBS: Final = "vgGeEfF"
_REFUSED: Final = {"p": "a pointer", "w": "an error"}


def show(value: object, verb: str = "v", spec: Spec | None = None) -> str:
    """Print one value with one verb.

    Args:
        value: Plain data or the values of `go_value` and `go_time`.
        verb: The letter of the verb.
        spec: Its flags, or None for none.

    Raises:
        Fault: A verb that is not supported, data nested too deeply, or a value without a Go counterpart.
    """
    if verb in _REFUSED:
        message = f"%{verb} prints {_REFUSED[verb]}, which templates do not have here"
        raise Fault(message)
    try:
        return _Printer(spec or Spec()).print(value, verb)
    except TypeError as error:
        raise Fault(str(error)) from error


class _Printer:
    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._length = 0

    def print(self, value: object, verb: str) -> str:
        if verb == "T":
            return self._string(type_name(value), "s")
        if value is None:
            return self._spec.pad("<nil>") if verb == "v" else f"%!{verb}(<nil>)"
        return self._any(value, verb, 0)

    def _any(self, value: object, verb: str, depth: int) -> str:
        if depth > MAX_DEPTH:
            message = f"more than {MAX_DEPTH} levels of nested data"
            raise Fault(message)
        if value is None:
            return "interface {}(nil)" if self._spec.is_source else "<nil>"
        if isinstance(value, Struct | Mapping | list | tuple):
            text = self._composite(value, verb, depth)
        else:
            text = self._nil(value, verb) if isinstance(value, Nil) else self._leaf(value, verb)
        if depth:
            self._length += len(text)
            check_length(self._length)
        return text

    def _leaf(self, value: object, verb: str) -> str:
        string = getattr(value, "go_string", None)
        if string is not None and verb in _STRING_VERBS:
            return self._source(value) if self._spec.is_source else self._string(string(), verb)
        if isinstance(value, bool):
            text = self._spec.pad("true" if value else "false") if verb in "tv" else None
        elif isinstance(value, int):
            text = self._integer(int(value), verb)
        elif isinstance(value, float):
            text = self._real(value, verb)
        else:
            text = self._string(value, verb) if isinstance(value, str) and verb in _STRING_VERBS else None
        return self._bad_verb(value, verb) if text is None else text

    def _bad_verb(self, value: object, verb: str) -> str:
        if verb == "v":
            message = f"a value of the type {type_name(value)} cannot be printed"
            raise Fault(message)
        return f"%!{verb}({type_name(value)}={self._any(value, 'v', 0)})"

    def _real(self, number: float, verb: str) -> str | None:
        if verb in _FLOAT_VERBS:
            return numeral.real(number, "g" if verb == "v" else verb, self._spec)
        if verb in "xXb":
            message = f"%{verb} of a float is not supported"
            raise Fault(message)
        return None

    def _integer(self, number: int, verb: str) -> str | None:
        spec = self._spec
        if verb in _BASES:
            return numeral.integer(number, _BASES[verb], verb, spec)
        if verb == "c":
            return spec.pad(rune(number))
        if verb == "q":
            return spec.pad(quote_rune(number, ascii_only=spec.plus))
        return numeral.unicode_point(number, spec) if verb == "U" else None

    def _string(self, text: str, verb: str) -> str:
        spec = self._spec
        if verb in "xX":
            return self._hexadecimal(to_bytes(text), verb)
        if spec.precision is not None:
            text = text[: spec.precision]
        if verb == "q" or (verb == "v" and spec.is_source):
            if spec.sharp and can_backquote(text):
                return spec.pad(f"`{text}`")
            return spec.pad(quote(text, ascii_only=spec.plus))
        return spec.pad(text)

    def _hexadecimal(self, data: bytes, verb: str) -> str:
        spec = self._spec
        prefix = "0" + verb if spec.sharp else ""
        pairs = [f"{byte:02{verb}}" for byte in data[: spec.precision]]
        if not pairs:
            return spec.pad("")
        return spec.pad((" " + prefix).join(["", *pairs])[1:] if spec.space else prefix + "".join(pairs))

    def _nil(self, value: Nil, verb: str) -> str:
        if self._spec.is_source:
            name = type_name(value)
            return f"({name})(nil)" if value is Nil.POINTER else f"{name}(nil)"
        if value is not Nil.POINTER:
            return "map[]" if value is Nil.MAP else "[]"
        return numeral.integer(0, _BASES[verb], verb, self._spec) if verb in "bodOxX" else "<nil>"

    def _source(self, value: object) -> str:
        if isinstance(value, Time):
            wall = value.wall
            zone = "time.UTC" if not value.offset_s else 'time.Location("")'
            clock = f"{wall.hour}, {wall.minute}, {wall.second}, {value.nanosecond}"
            return f"time.Date({wall.year}, time.{wall:%B}, {wall.day}, {clock}, {zone})"
        return str(int(value)) if isinstance(value, int) else quote(str(value))

    def _composite(self, value: object, verb: str, depth: int) -> str:
        is_source = self._spec.is_source
        between = ", " if is_source else " "

        def write(element: object) -> str:
            return self._any(element, verb, depth + 1)

        if isinstance(value, Struct):
            named = is_source or self._spec.names_fields
            fields = ((f"{f.name}:" if named else "") + write(pointed(f.value)) for f in value.fields)
            return (value.go_type if is_source else "") + "{" + between.join(fields) + "}"
        if isinstance(value, Mapping):
            pairs = between.join(f"{write(key)}:{write(value[key])}" for key in sorted_keys(value))
            return f"{type_name(value)}{{{pairs}}}" if is_source else f"map[{pairs}]"
        assert isinstance(value, list | tuple)
        elements = between.join(map(write, value))
        return f"{type_name(value)}{{{elements}}}" if is_source else f"[{elements}]"
