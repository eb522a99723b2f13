"""Header fields and query parameters: ordered, immutable, several values per name.

No I/O and no policy; RFC 9110 section 5 for fields, the URL standard's form encoding for queries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Headers", "Query"]

_QUERY_PARAMETERS_MAX = 256


class Headers:
    """Header fields in the order they came; names compare without case.

    Args:
        fields: Names and values.

    Example:
        >>> headers = Headers([("Content-Type", "text/plain"), ("Accept", "a"), ("accept", "b")])
        >>> headers.get("content-type"), headers.all("Accept")
        ('text/plain', ['a', 'b'])
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = tuple(fields)

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a field, or the default."""
        wanted = name.lower()
        return next((value for key, value in self._fields if key.lower() == wanted), default)

    def all(self, name: str) -> list[str]:
        """Return every value of a field, in order."""
        wanted = name.lower()
        return [value for key, value in self._fields if key.lower() == wanted]

    def tokens(self, name: str) -> frozenset[str]:
        """Return the lower-case members of a comma-separated list field."""
        members = (member.strip().lower() for value in self.all(name) for member in value.split(","))
        return frozenset(member for member in members if member)

    def replacing(self, name: str, value: str | None) -> Headers:
        """Return a copy in which the field has this one value, or is absent."""
        wanted = name.lower()
        kept = [field for field in self._fields if field[0].lower() != wanted]
        return Headers(kept if value is None else [*kept, (name, value)])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and any(key.lower() == name.lower() for key, _ in self._fields)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        # Values may be credentials: only names are shown.
        return f"Headers({[key for key, _ in self._fields]})"


class Query:
    """The parameters of a request's query, decoded.

    Args:
        text: What stands behind the question mark, percent-encoded.

    Raises:
        ValueError: Too many parameters, or percent-encoded bytes that are not UTF-8.

    Example:
        >>> Query("tag=a&tag=b%2Fc&n=").all("tag")
        ['a', 'b/c']
    """

    __slots__ = ("_pairs",)

    def __init__(self, text: str = "") -> None:
        self._pairs = tuple(
            parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_QUERY_PARAMETERS_MAX)
        )

    def get(self, name: str) -> str | None:
        """Return the first value of a parameter, or None where it is absent."""
        return next((value for key, value in self._pairs if key == name), None)

    def all(self, name: str) -> list[str]:
        """Return every value of a parameter, in order."""
        return [value for key, value in self._pairs if key == name]

    def __contains__(self, name: object) -> bool:
        return any(key == name for key, _ in self._pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __repr__(self) -> str:
        return f"Query({sorted({key for key, _ in self._pairs})})"
