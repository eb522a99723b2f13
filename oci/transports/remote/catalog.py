"""The repositories of a registry, page by page: not in the specification, and refused by public ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import InvalidDocument, InvalidReference, LimitExceeded
from ...spec import strict_json
from ...spec.reference import check_registry, check_repository
from ...wire import endpoint, paging
from ...wire.scope import CATALOG
from .exchange import Exchange
from .network import Network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..session import Session

_BIG_PAGE: Final = 1000


def list_repositories(registry: str, session: Session) -> Iterator[str]:
    """Yield the repositories in the registry's order, as the pages arrive.

    Args:
        registry: Its host, with its port if it has one.
        session: Settings of this side.

    Raises:
        RegistryError: It does not say.
        LimitExceeded: There are too many pages; what has been yielded by then is not all.
    """
    network = session.shared.get(Network, lambda: Network(session.settings, session.limits, session.trace))
    exchange = Exchange(
        network.registry(check_registry(registry), session),
        "catalog",  # credentials are looked up for a repository; this list belongs to none
        client=network.client,
        token=session.token,
        limits=session.limits,
        writes=False,
        warn=network.telling_once(session.warn),
    )
    what = f"repositories of {registry}"
    url: str | None = endpoint.catalog(exchange.registry.base, page_size=_BIG_PAGE)
    seen: set[str] = set()
    while url is not None:
        seen.add(url)
        if len(seen) > session.limits.pages:
            raise LimitExceeded(limit="pages", allowed=session.limits.pages, where=what)
        answer = exchange.ask("GET", url, needs=(CATALOG,))
        if answer.status != 200:
            raise exchange.failure(answer, method="GET", what=what, name=registry)
        yield from _parse(answer.body, what, exchange)
        url = paging.next_page(url, answer.headers, seen=seen)


def _parse(body: bytes, what: str, exchange: Exchange) -> Iterator[str]:
    entries = strict_json.load_object(body, where=what).get("repositories")
    if entries is None:
        return
    if not isinstance(entries, list):
        raise InvalidDocument(f"{what}: repositories must be an array")
    for entry in entries:
        try:
            yield check_repository(entry if isinstance(entry, str) else "")
        except InvalidReference:
            exchange.warn(f"{what}: {entry!r} is not the name of a repository; it is left out")
