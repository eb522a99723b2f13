"""Strings and characters as Go source, as strconv.Quote and strconv.QuoteRune write them."""

from __future__ import annotations

from typing import Final

_NAMED: Final = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
}
_MAX_RUNE: Final = 0x10FFFF


def quote(text: str, *, ascii_only: bool = False) -> str:
    """Return the text as a double-quoted Go string."""
    return '"' + "".join(_escape(character, '"', ascii_only=ascii_only) for character in text) + '"'


def quote_rune(code: int, *, ascii_only: bool = False) -> str:
    """Return a code point as a Go character constant; one that is not valid as U+FFFD."""
    return "'" + _escape(rune(code), "'", ascii_only=ascii_only) + "'"


def rune(code: int) -> str:
    """Return the character of a code point, U+FFFD where it is not valid."""
    valid = 0 <= code <= _MAX_RUNE and not 0xD800 <= code <= 0xDFFF
    return chr(code) if valid else "\ufffd"


def can_backquote(text: str) -> bool:
    """Tell whether the text can stand unchanged between backquotes."""
    return all(
        c == "\t" or (c >= " " and c not in "`\x7f\ufeff" and not "\ud800" <= c <= "\udfff") for c in text
    )


def _escape(character: str, mark: str, *, ascii_only: bool) -> str:
    if character == mark:
        return "\\" + mark
    if character in _NAMED:
        return _NAMED[character]
    if character.isprintable() and (character.isascii() or not ascii_only):
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
