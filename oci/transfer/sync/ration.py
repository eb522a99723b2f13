"""Staying above a given number of remaining requests: no further image is begun below it.

What a registry has said last is looked at before each image, less what the images under way may still take.
While it is short, it is asked once in a while for the head of a manifest, which registries that count do not
count, until it allows more.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...content import rate_limit_of
from ...errors import Cancelled, OciError
from ..event import Rationed, Warned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...content import CancelToken, Name, Source
    from ...wire.rate_limit import RateLimit
    from ..event import Event


class Rations:
    """Knows what registries have said of their limits, and waits where one is short.

    Args:
        least: Requests that shall remain, or None to wait for nothing.
        pause_s: Seconds between two looks while one is short.
        tell: Is told of limits and of waiting.
        token: Ends the waiting.
    """

    def __init__(
        self, least: int | None, pause_s: float, tell: Callable[[Event], None], token: CancelToken
    ) -> None:
        self._least = least
        self._pause_s = pause_s
        self._tell = tell
        self._token = token
        self._lock = threading.Lock()
        self._stated: dict[str, RateLimit] = {}

    def note(self, place: Source) -> RateLimit | None:
        """Take in what a place has said last, and return it."""
        limit = rate_limit_of(place)
        if limit is None:
            return None
        with self._lock:
            host = _host_of(place.label)
            is_news = self._stated.get(host) != limit
            self._stated[host] = limit
        if is_news and limit.is_low:
            self._tell(Rationed(place.label, limit))
        return limit

    def wait_for(self, source: Source, name: Name, under_way: int) -> None:
        """Wait until one more image may be begun.

        Args:
            source: Where it is.
            name: Its name there: what is asked for to hear of the limit again.
            under_way: Images that may still take a request each.

        Raises:
            Cancelled: The work was cancelled.
        """
        limit = self.note(source)
        if self._least is None:
            return
        is_told = False
        while limit is not None and limit.remaining - under_way < self._least:
            if not is_told:
                text = f"{limit.remaining} of {limit.limit} requests are left; waiting for more"
                self._tell(Warned(f"{_host_of(source.label)}: {text}"))
                is_told = True
            self._token.wait(self._pause_s)
            self._token.raise_if_cancelled()
            limit, under_way = self._asked_again(source, name), 0

    def stated(self) -> Mapping[str, RateLimit]:
        """Return what each registry has said last."""
        with self._lock:
            return dict(self._stated)

    def _asked_again(self, source: Source, name: Name) -> RateLimit | None:
        try:
            source.resolve(name)
        except Cancelled:
            raise
        except OciError:
            # Whatever is wrong with this image is found out when its turn comes.
            return None
        return self.note(source)


def _host_of(label: str) -> str:
    """Return the registry in a repository's label; limits hold for all of its repositories."""
    return label.partition("://")[2].partition("/")[0] or label
