"""How one verb writes a scalar: padding, integers and floats, as Go's fmt/format.go does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from .error import Fault
from .limit import check_length

_DIGITS: Final = {2: "b", 8: "o", 10: "d", 16: "x"}
_SHORTEST_LIMIT: Final = 6  # what strconv compares the exponent with when the precision is the shortest
_UINT64: Final = 2**64 - 1


@dataclass(slots=True)
class Spec:
    """The flags, the width and the precision of one verb."""

    plus: bool = False
    minus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    width: int | None = None
    precision: int | None = None
    names_fields: bool = False
    """``%+v``: structs are printed with the names of their fields."""
    is_source: bool = False
    """``%#v``: values are printed as Go source."""

    def pad(self, text: str, *, zero: bool | None = None) -> str:
        """Fill the text up to the width, with zeros only where asked for, and on the left only."""
        if not self.width:
            return text
        check_length(self.width)
        if self.minus:
            return text.ljust(self.width)
        return text.rjust(self.width, "0" if (self.zero if zero is None else zero) else " ")


def integer(number: int, base: int, verb: str, spec: Spec) -> str:
    """Write an integer in a base of 2, 8, 10 or 16."""
    precision = spec.precision
    if precision == 0 and number == 0:
        return " " * (spec.width or 0)
    if precision is None:
        zero_padded = spec.zero and not spec.minus and spec.width is not None
        has_sign = number < 0 or spec.plus or spec.space
        precision = (spec.width or 0) - has_sign if zero_padded else 0
    digits = format(abs(number), "X" if verb == "X" else _DIGITS[base]).rjust(precision, "0")
    if spec.sharp:
        digits = {2: "0b", 8: "" if digits[0] == "0" else "0", 16: "0" + verb}.get(base, "") + digits
    if verb == "O":
        digits = "0o" + digits
    return spec.pad(_sign(spec, is_negative=number < 0) + digits, zero=False)


def unicode_point(number: int, spec: Spec) -> str:
    """Write an integer as ``U+0078``, with the character after it where the sharp flag asks for it."""
    text = f"U+{number & _UINT64:0{max(4, spec.precision or 0)}X}"
    if spec.sharp and 0 <= number <= 0x10FFFF and chr(number).isprintable():
        text += f" '{chr(number)}'"
    return spec.pad(text, zero=False)


def real(number: float, verb: str, spec: Spec) -> str:
    """Write a float for one of the verbs e, E, f, F, g and G.

    Raises:
        Fault: The sharp flag, which this room does not know for floats.
    """
    if not math.isfinite(number):
        named = "NaN" if math.isnan(number) else f"{number:+f}".replace("inf", "Inf")
        return spec.pad(named, zero=False)
    if spec.sharp:
        message = f"the flag # of %{verb} is not supported for floats"
        raise Fault(message)
    is_negative = math.copysign(1, number) < 0
    digits = _unsigned(abs(number), verb, spec.precision)
    sign = _sign(spec, is_negative=is_negative)
    if sign and spec.zero and not spec.minus and spec.width:
        return sign + digits.rjust(spec.width - 1, "0")
    return spec.pad(sign + digits)


def shortest(number: float) -> tuple[str, int]:
    """Return the fewest digits that identify a positive float, and the place of the decimal point."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    return digits.rstrip("0") or "0", point if digits else 1


def _unsigned(number: float, verb: str, precision: int | None) -> str:
    kind = verb.lower()
    if kind != "g":
        text = f"{number:.{6 if precision is None else precision}{kind}}"
    elif precision is not None:
        text = f"{number:.{precision or 1}g}"
    else:
        text = _shortest_g(number)
    return text.upper() if verb in ("E", "G") else text


def _shortest_g(number: float) -> str:
    digits, point = shortest(number)
    exponent = point - 1
    if exponent < -4 or exponent >= _SHORTEST_LIMIT:
        fraction = "." + digits[1:] if len(digits) > 1 else ""
        return f"{digits[0]}{fraction}e{exponent:+03}"
    if point <= 0:
        return "0." + "0" * -point + digits
    whole, fraction = digits[:point].ljust(point, "0"), digits[point:]
    return whole + ("." + fraction if fraction else "")


def _sign(spec: Spec, *, is_negative: bool) -> str:
    if is_negative:
        return "-"
    return "+" if spec.plus else " " if spec.space else ""
