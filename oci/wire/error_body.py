"""What a registry says when it fails (distribution-spec, "Error Codes"), in whatever shape it says it.

The status decides what kind of failure it is; the body only explains. It may be the specification's JSON, a
token server's, a storage provider's XML, a proxy's HTML page, plain text, or nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument
from ..frozen import frozen
from ..spec import strict_json
from .printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES: Final = 64 * 1024
"""Bytes of a body that are looked at."""

MAX_ITEMS: Final = 8
"""Errors of one body that are looked at."""

_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TITLE: Final = re.compile(r"<title[^<>]{0,200}>([^<>]{1,300})</title", re.IGNORECASE)
_STORAGE_CODE: Final = re.compile(r"<Code>([A-Za-z0-9_.]{1,64})</Code>")
_STORAGE_MESSAGE: Final = re.compile(r"<Message>([^<>]{1,1000})</Message>")


@frozen
class ErrorItem:
    """One error of an answer, in printable characters.

    Args:
        code: ``MANIFEST_UNKNOWN``, ``DENIED``, ...; empty where there is none.
        message: What people are told; may be empty.
    """

    code: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.code, self.message) if part)


@frozen
class ErrorBody:
    """What a failed answer explains.

    Args:
        items: The errors, first one first.
        is_page: Whether the body is an HTML page, as proxies and web sites send them.
    """

    items: tuple[ErrorItem, ...] = ()
    is_page: bool = False

    def __str__(self) -> str:
        return "; ".join(text for item in self.items[:3] if (text := str(item)))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes, first one first."""
        return tuple(item.code for item in self.items if item.code)


def parse_error_body(body: bytes) -> ErrorBody:
    """Read the body of a failed answer; whatever it is, something comes of it.

    Args:
        body: The body, or its beginning.
    """
    text = body[:MAX_BYTES].decode("utf-8", errors="replace").strip()
    if not text:
        return ErrorBody()
    if text.startswith(("{", "[")):
        return _from_json(body, text)
    if text.startswith("<"):
        return _from_markup(text)
    return ErrorBody((ErrorItem("", _line(text)),))


def _from_json(body: bytes, text: str) -> ErrorBody:
    try:
        members = strict_json.load_object(body[:MAX_BYTES], where="error answer")
    except InvalidDocument:
        return ErrorBody((ErrorItem("", _line(text)),))
    errors = members.get("errors")
    entries = errors if isinstance(errors, list) else [errors]
    items = tuple(_items([*entries[:MAX_ITEMS], members]))
    return ErrorBody(items or (ErrorItem("", _line(text)),))


def _items(entries: list[object]) -> Iterator[ErrorItem]:
    """Yield what the entries say; the last one is the document, for servers that write their own kind."""
    for entry in entries:
        if isinstance(entry, str):
            yield ErrorItem("", _line(entry))
        elif isinstance(entry, dict):
            item = ErrorItem(_code(entry), _message(entry))
            if item.code or item.message:
                yield item


def _code(members: dict[str, object]) -> str:
    # "error" is OAuth's code (RFC 6749, section 5.2), and elsewhere a sentence; "__type" is AWS's.
    for key in ("code", "error", "__type"):
        value = members.get(key)
        if isinstance(value, str) and _CODE.fullmatch(value):
            return value
    return ""


def _message(members: dict[str, object]) -> str:
    for key in ("message", "error_description", "details", "detail", "error", "Message"):
        value = members.get(key)
        if isinstance(value, str) and value and value != _code(members):
            return _line(value)
    return ""


def _from_markup(text: str) -> ErrorBody:
    code, message = _STORAGE_CODE.search(text), _STORAGE_MESSAGE.search(text)
    if code or message:
        item = ErrorItem(code[1] if code else "", _line(message[1]) if message else "")
        return ErrorBody((item,))
    title = _TITLE.search(text)
    return ErrorBody((ErrorItem("", _line(title[1])),) if title else (), is_page=True)


def _line(text: str) -> str:
    return printable(" ".join(text[:4096].split()))
