"""Listings in pages: the Link field names the next one (RFC 8288; distribution-spec, "Listing Tags").

A next page is the same listing, continued. So only the query of a link is ever used: scheme, host and path
stay the ones that were asked, and a link to anywhere else is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from ..errors import AddressRefused, InvalidDocument
from . import header
from .redact import redacted
from .redirect import MAX_URL, next_url, origin_of, same_origin

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_LINK: Final = re.compile(r"[ \t,]*<([^<>]*)>")
_VALUE: Final = r'"((?:[^"\\]|\\.)*)"|([^\s",;]*)'
_PARAMETER: Final = re.compile(rf"[ \t]*;[ \t]*([\w!#$&+.^`|~-]+)\*?(?:[ \t]*=[ \t]*(?:{_VALUE}))?", re.ASCII)


def next_link(headers: Mapping[str, str]) -> str | None:
    """Return what the first link with ``rel=next`` points at, as it was written, or None."""
    field = header.value(headers, "Link")
    if not field or len(field) > MAX_URL:
        return None
    return next((target for target, relations in _links(field) if "next" in relations), None)


def next_page(url: str, headers: Mapping[str, str], *, seen: Collection[str]) -> str | None:
    """Return the URL of the next page of a listing, or None after the last one.

    Args:
        url: The URL of the page that was answered.
        headers: The answer's header fields.
        seen: The URLs of all pages so far, this one included.

    Raises:
        AddressRefused: The link leads out of the listing.
        InvalidDocument: The listing leads in a circle.
    """
    link = next_link(headers)
    if link is None:
        return None
    query = _query(url, link)
    target = f"{url.partition('?')[0]}?{query}"
    if target == url or target in seen:
        raise InvalidDocument(f"{redacted(url)}: the pages of this listing lead in a circle")
    return target


def _query(url: str, link: str) -> str:
    """Return the query of a link that stays within the listing."""
    path = urlsplit(url).path
    target = next_url(url, link)
    parts = urlsplit(target)
    # A prefix may have been added by what stands in front of the registry; it does not matter, since the
    # path is ours.
    if not same_origin(url, target) or not parts.path.endswith(path) or not parts.query:
        raise AddressRefused(
            f"the next page of {redacted(url)} is said to be at {redacted(target)}, outside of the listing",
            host=origin_of(target).host,
        )
    return parts.query


def _links(field: str) -> Iterator[tuple[str, frozenset[str]]]:
    position = 0
    while matched := _LINK.match(field, position):
        target, position = matched[1], matched.end()
        relations: frozenset[str] = frozenset()
        while parameter := _PARAMETER.match(field, position):
            position = parameter.end()
            if parameter[1].lower() == "rel" and not relations:
                relations = frozenset((parameter[2] or parameter[3] or "").lower().split())
        yield target, relations
