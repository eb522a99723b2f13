"""Pages of a listing: ``n``, ``last``, ``Link`` to the next (distribution-spec, "Listing Tags"). No I/O."""

from __future__ import annotations

from bisect import bisect_right
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from .error import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..serving import Query

__all__ = ["next_link", "page_of"]

_DIGITS_MAX = 18


def page_of(names: Sequence[str], query: Query, *, entries_max: int) -> tuple[list[str], bool]:
    """Cut a page out of a sorted listing.

    Args:
        names: All names, in ASCII order.
        query: The request's parameters, of which ``n`` and ``last`` are used.
        entries_max: The most entries of one page, whatever ``n`` asks for.

    Returns:
        The page, and whether more follows.

    Raises:
        ApiError: 400, ``n`` is not a number.

    Example:
        >>> from oci.serving import Query
        >>> page_of(["a", "b", "c"], Query("n=1&last=a"), entries_max=100)
        (['b'], True)
    """
    count = query.get("n")
    if count is None:
        wanted = entries_max
    elif count.isascii() and count.isdigit() and len(count) <= _DIGITS_MAX:
        wanted = min(int(count), entries_max)
    else:
        raise ApiError(HTTPStatus.BAD_REQUEST, "UNSUPPORTED", "n is not a number")
    last = query.get("last")
    start = 0 if last is None else bisect_right(names, last)
    page = list(names[start : start + wanted])
    return page, bool(page) and start + wanted < len(names)


def next_link(path: str, **parameters: str) -> str:
    """Return the value of a ``Link`` field to the next page (RFC 8288).

    Args:
        path: The path of the listing, decoded.
        **parameters: The parameters of the next request; empty ones are left out.

    Returns:
        The value.
    """
    query = urlencode({key: value for key, value in parameters.items() if value})
    return f'<{quote(path)}?{query}>; rel="next"'
