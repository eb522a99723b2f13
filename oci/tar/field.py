"""Fields of a header block: numbers in octal or base 256, texts that end at a NUL."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from ..errors import InvalidDocument

MAX_NUMBER: Final = 2**53
"""No size, owner or time may be larger: exact in every reader, and far above anything real."""

_NANOSECONDS: Final = 1_000_000_000
_OCTAL: Final = b"01234567"


def octal(raw: bytes) -> int | None:
    """Read octal digits with spaces or NULs around them, as nearly all numbers are; None for others."""
    # Of eight or twelve bytes, octal digits are never out of range.
    digits = raw.strip(b" \0")
    return None if digits.strip(_OCTAL) else int(digits or b"0", 8)


@lru_cache(maxsize=4096)
def octals(raw: bytes) -> tuple[int, ...] | None:
    """Read fields of eight bytes, side by side, as `octal` does; None where one is written otherwise.

    Modes and owners repeat themselves all over an archive.
    """
    numbers = [octal(raw[at : at + 8]) for at in range(0, len(raw), 8)]
    return tuple(number for number in numbers if number is not None) if None not in numbers else None


def text(raw: bytes) -> str:
    """Read a text field."""
    return raw.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def number(raw: bytes, *, what: str, where: str) -> int:
    """Read a number that must not be negative.

    Args:
        raw: The field: octal digits with spaces or NULs around them, or GNU's base 256.
        what: What it means, for the error.
        where: Which archive, for the error.

    Raises:
        InvalidDocument: It is no number, negative, or absurdly large.
    """
    found = octal(raw)
    if found is not None:
        return found
    value = _signed(raw, what=what, where=where)
    if value < 0:
        raise InvalidDocument(f"{where}: a header's {what} is out of range")
    return value


def seconds(raw: bytes, *, where: str) -> int:
    """Read a time in seconds since the epoch; it may lie before it.

    Raises:
        InvalidDocument: It is no number, or absurdly large.
    """
    found = octal(raw)
    return _signed(raw, what="mtime", where=where) if found is None else found


def decimal(digits: str, *, what: str, where: str) -> int:
    """Read a number of a pax record.

    Raises:
        InvalidDocument: It is no number, negative, or absurdly large.
    """
    if not digits.isascii() or not digits.isdigit() or len(digits) > 20:
        raise InvalidDocument(f"{where}: a pax header's {what} is not a number")
    return _checked(int(digits), what=what, where=where)


def nanoseconds(time: str, *, where: str) -> int:
    """Read a time of a pax record: decimal seconds, with a fraction and a sign where need be.

    Returns:
        Nanoseconds since the epoch; what is finer is cut off, towards the past.

    Raises:
        InvalidDocument: It is no such number, or absurdly large.
    """
    whole, point, fraction = time.removeprefix("-").partition(".")
    digits = whole + fraction
    if not digits.isascii() or not digits.isdigit() or len(whole) > 20 or (point and not whole):
        raise InvalidDocument(f"{where}: a pax header's time is not a number")
    value = int(whole) * _NANOSECONDS + int(fraction[:9].ljust(9, "0"))
    if time.startswith("-"):
        value = -value - (1 if fraction[9:].strip("0") else 0)
    _checked(abs(value) // _NANOSECONDS, what="time", where=where)
    return value


def _signed(raw: bytes, *, what: str, where: str) -> int:
    """Read GNU's base 256: the first bit says that it is used, the rest is a number in two's complement."""
    if not raw or raw[0] < 0x80:
        raise InvalidDocument(f"{where}: a header's {what} is not a number")
    bits = 8 * len(raw) - 1
    value = int.from_bytes(raw, "big") & ((1 << bits) - 1)
    if value >> (bits - 1):
        value -= 1 << bits
    return _checked(value, what=what, where=where)


def _checked(value: int, *, what: str, where: str) -> int:
    if abs(value) > MAX_NUMBER:
        raise InvalidDocument(f"{where}: a header's {what} is out of range")
    return value
