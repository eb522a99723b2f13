"""What the quoted strings, characters and numbers of a template mean, by the rules of Go's strconv."""

from __future__ import annotations

import math
from typing import Final

from oci.frozen import frozen

from ..go_value import to_text
from .error import Fault

_SIMPLE: Final = {
    "a": b"\a",
    "b": b"\b",
    "f": b"\f",
    "n": b"\n",
    "r": b"\r",
    "t": b"\t",
    "v": b"\v",
    "\\": b"\\",
}
_HEX_LENGTH: Final = {"x": 2, "u": 4, "U": 8}
_MAX_INT: Final = 2**63 - 1
_MAX_UINT: Final = 2**64 - 1


@frozen
class Number:
    """A number of a template, which may be read as an integer, as a float, or as both.

    Args:
        integer: Its value as a Go int, or None where it has none.
        real: Its value as a float64.
        is_real: Whether it is a float64 where nothing says which of the two is wanted.
    """

    integer: int | None
    real: float
    is_real: bool

    @property
    def value(self) -> int | float:
        """The value where nothing says whether an integer or a float is wanted.

        Raises:
            Fault: It is an integer that is too large.
        """
        if self.is_real:
            return self.real
        if self.integer is None:
            message = "the number overflows int"
            raise Fault(message)
        return self.integer


def unquote(quoted: str) -> str:
    """Return the string that a double-quoted or backquoted literal stands for.

    Raises:
        Fault: An escape that Go does not know.
    """
    if quoted[0] == "`":
        return quoted[1:-1].replace("\r", "")
    if "\\" not in quoted:
        return quoted[1:-1]
    parts: list[bytes] = []
    rest = quoted[1:-1]
    while rest:
        part, rest = _unquote_one(rest, '"')
        parts.append(part if isinstance(part, bytes) else chr(part).encode("utf-8", "surrogateescape"))
    return to_text(b"".join(parts))


def character(quoted: str) -> Number:
    """Return the number that a character literal such as ``'x'`` stands for.

    Raises:
        Fault: It holds no character, more than one, or an unknown escape.
    """
    if len(quoted) < 3:
        message = f"malformed character constant: {quoted}"
        raise Fault(message)
    part, rest = _unquote_one(quoted[1:-1], "'")
    if rest:
        message = f"malformed character constant: {quoted}"
        raise Fault(message)
    code = part[0] if isinstance(part, bytes) else part
    return Number(code, float(code), is_real=False)


def number(text: str) -> Number:
    """Return what a number literal stands for.

    Raises:
        Fault: It is no number of Go's syntax, or out of range.
    """
    if not _has_good_underscores(text):
        message = f"illegal number syntax: {text!r}"
        raise Fault(message)
    plain = text.replace("_", "")
    whole = _integer(plain)
    if whole is not None and -_MAX_INT - 1 <= whole <= _MAX_UINT:
        return Number(whole if whole <= _MAX_INT else None, float(whole), is_real=False)
    real = _real(plain)
    if real is None:
        message = f"illegal number syntax: {text!r}"
        raise Fault(message)
    if not any(mark in text for mark in ".eEpP"):
        message = f"integer overflow: {text!r}"
        raise Fault(message)
    in_range = real.is_integer() and -(2.0**63) <= real < 2.0**63
    return Number(int(real) if in_range else None, real, is_real=True)


def _unquote_one(text: str, quote: str) -> tuple[bytes | int, str]:
    """Return the first character of a literal's inside, as bytes or as a code point, and what follows it."""
    if text[0] != "\\":
        return ord(text[0]), text[1:]
    escape = text[1:2]
    if escape == quote:
        return quote.encode(), text[2:]
    if escape in _SIMPLE:
        return _SIMPLE[escape], text[2:]
    if escape in _HEX_LENGTH:
        return _hexadecimal(escape, text)
    digits = text[1:4]
    if len(digits) == 3 and all(digit in "01234567" for digit in digits) and int(digits, 8) < 256:
        return bytes([int(digits, 8)]), text[4:]
    message = f"invalid escape in {text[:8]!r}"
    raise Fault(message)


def _hexadecimal(escape: str, text: str) -> tuple[bytes | int, str]:
    length = _HEX_LENGTH[escape]
    digits = text[2 : 2 + length]
    good = len(digits) == length and all(digit in "0123456789abcdefABCDEF" for digit in digits)
    code = int(digits, 16) if good else -1
    if not good or code > 0x10FFFF or (0xD800 <= code <= 0xDFFF):
        message = f"invalid escape in {text[:10]!r}"
        raise Fault(message)
    return bytes([code]) if escape == "x" else code, text[2 + length :]


def _has_good_underscores(text: str) -> bool:
    """Tell whether each underscore stands between digits, a base prefix counting as a digit."""
    if "_" not in text:
        return True
    body = text.lstrip("+-")
    prefixed = body[:2].lower() in ("0x", "0o", "0b")
    digits = "0123456789abcdefABCDEF" if body[:2].lower() == "0x" else "0123456789"
    body = "0" + body[2:] if prefixed else body
    return all(
        position > 0
        and body[position - 1] in digits
        and body[position + 1 : position + 2] not in ("", "_")
        and body[position + 1] in digits
        for position, mark in enumerate(body)
        if mark == "_"
    )


def _integer(plain: str) -> int | None:
    body = plain.lstrip("+-")
    legacy_octal = len(body) > 1 and body[0] == "0" and body.isdecimal()
    try:
        return int(plain, 8 if legacy_octal else 0)
    except ValueError:
        return None


def _real(plain: str) -> float | None:
    hexadecimal = plain.lstrip("+-")[:2].lower() == "0x"
    if hexadecimal and "p" not in plain.lower():
        return None
    try:
        real = float.fromhex(plain) if hexadecimal else float(plain)
    except (ValueError, OverflowError):
        return None
    return real if math.isfinite(real) else None
