"""The tags of a repository, page by page (distribution-spec, end-8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import LimitExceeded
from ...wire import paging, tag_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .exchange import Exchange

_BIG_PAGE: Final = 1000
"""Tags to ask for at once: more is an error at some registries."""


def list_tags(exchange: Exchange) -> Iterator[str]:
    """Yield the tags in the registry's order, as the pages arrive.

    Args:
        exchange: The repository's connection; is told of what is listed and is no tag.

    Raises:
        NotFound: There is no such repository.
        AddressRefused: A page leads out of the listing.
        LimitExceeded: There are too many pages; what has been yielded by then is not all.
    """
    limits, what = exchange.limits, f"tags of {exchange.label}"
    url: str | None = exchange.urls.tags(page_size=_BIG_PAGE)
    seen: set[str] = set()
    while url is not None:
        seen.add(url)
        if len(seen) > limits.pages:
            raise LimitExceeded(limit="pages", allowed=limits.pages, where=what)
        answer = exchange.ask("GET", url, limit=limits.answer_bytes)
        if answer.status != 200:
            raise exchange.failure(answer, method="GET", what=what, name=exchange.label)
        page = tag_list.parse_tags(answer.body, where=what)
        for name in page.skipped:
            exchange.warn(f"{what}: {name!r} is not a tag; it is left out")
        yield from page.tags
        url = paging.next_page(url, answer.headers, seen=seen)
