"""The escaping functions of templates: html, js and urlquery, as Go's text/template/funcs.go has them."""

from __future__ import annotations

from typing import Final

from ..go_value import to_bytes

_HTML: Final = str.maketrans(
    {"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}
)
_JS: Final = {
    "\\": "\\\\",
    "'": "\\'",
    '"': '\\"',
    "<": "\\u003C",
    ">": "\\u003E",
    "&": "\\u0026",
    "=": "\\u003D",
}
_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")


def html(text: str) -> str:
    """Escape the text for HTML."""
    return text.translate(_HTML)


def js(text: str) -> str:
    """Escape the text for a JavaScript string."""
    return "".join(map(_js_character, text))


def urlquery(text: str) -> str:
    """Escape the text for the query of a URL."""
    return "".join(
        chr(byte) if byte in _UNRESERVED else "+" if byte == 0x20 else f"%{byte:02X}"
        for byte in to_bytes(text)
    )


def _js_character(character: str) -> str:
    if character in _JS:
        return _JS[character]
    is_plain = character.isprintable() or character == "\x7f" or "\udc80" <= character <= "\udcff"
    return character if is_plain else f"\\u{ord(character):04X}"
