"""Header fields as a request sends and an answer brings them (RFC 9110, section 5).

Names are looked up whatever their case; a field that came several times is one value with commas in
between, and `Headers.all` has them apart. What is to be sent is looked at when it is made: a line break in a
value would begin another field, or another request. What was received has passed the parser of heads, which
refuses the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ..errors import InvalidValue
from ..wire.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Headers"]

_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BREAKS: Final = re.compile(rb"[\0\r\n]")


class Headers(Mapping[str, str]):
    """Header fields in the order they came; immutable.

    Args:
        fields: Names and values; a name may come more than once.

    Raises:
        InvalidValue: A name is none, or a value has line breaks, NUL or characters beyond ASCII.

    Example:
        >>> headers = Headers([("Link", "<a>"), ("link", "<b>")])
        >>> headers["LINK"], headers.all("Link")
        ('<a>, <b>', ['<a>', '<b>'])
    """

    __slots__ = ("_by_name", "raw")

    raw: tuple[tuple[bytes, bytes], ...]
    """The fields as they stand on the wire, names as they were written."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self.raw = tuple((_encoded(name, name), _encoded(value, name)) for name, value in fields)
        for name, value in self.raw:
            if not _NAME.fullmatch(name) or _BREAKS.search(value):
                raise _unsendable(name.decode("ascii"))
        self._by_name: dict[str, str] | None = None

    @classmethod
    def received(cls, raw: tuple[tuple[bytes, bytes], ...]) -> Headers:
        """Take the fields of a head that was parsed; values are UTF-8, or Latin-1 where they are not."""
        headers = cls()
        headers.raw = raw
        return headers

    def all(self, name: str) -> list[str]:
        """Return every value of a field, in order."""
        wanted = name.lower().encode("ascii", "replace")
        return [_decoded(value) for key, value in self.raw if key.lower() == wanted]

    def __getitem__(self, name: str) -> str:
        return self._values()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())

    def __repr__(self) -> str:
        # Values may be credentials: only names are shown.
        return f"Headers({list(self)})"

    def _values(self) -> dict[str, str]:
        """Put the values under their names, when somebody asks for the first one."""
        if self._by_name is None:
            values: dict[str, str] = {}
            for key, raw in self.raw:
                name, value = key.decode("latin-1").lower(), _decoded(raw)
                values[name] = f"{values[name]}, {value}" if name in values else value
            self._by_name = values
        return self._by_name


def _encoded(text: str, name: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError as error:
        raise _unsendable(name) from error


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _unsendable(name: str) -> InvalidValue:
    return InvalidValue(f"the header field {printable(name, limit=60)!r} cannot be sent")
