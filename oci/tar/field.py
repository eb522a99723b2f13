"""Fields of a header block: numbers in octal or base 256, texts that end at a NUL."""

from __future__ import annotations

from typing import Final

from ..errors import InvalidDocument

MAX_NUMBER: Final = 2**53
"""No size, owner or time may be larger: exact in every reader, and far above anything real."""


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
    if raw[:1] >= b"\x80":
        # The second bit is the sign: 0x80 begins a positive number, 0xff a negative one.
        value = int.from_bytes(bytes([raw[0] & 0x7F]) + raw[1:], "big") if raw[0] < 0xC0 else -1
    else:
        digits = raw.strip(b" \0")
        if digits.strip(b"01234567"):
            raise InvalidDocument(f"{where}: a header's {what} is not a number")
        value = int(digits or b"0", 8)
    return checked(value, what=what, where=where)


def decimal(digits: str, *, what: str, where: str) -> int:
    """Read a number of a pax record; of a time (``mtime``), a fraction is cut off.

    Raises:
        InvalidDocument: It is no number, negative, or absurdly large.
    """
    whole = digits.partition(".")[0] if what == "mtime" else digits
    if not whole.isascii() or not whole.isdigit() or len(whole) > 20:
        raise InvalidDocument(f"{where}: a pax header's {what} is not a number")
    return checked(int(whole), what=what, where=where)


def checked(value: int, *, what: str, where: str) -> int:
    """Return a number unchanged if it is in range."""
    if not 0 <= value <= MAX_NUMBER:
        raise InvalidDocument(f"{where}: a header's {what} is out of range")
    return value
