"""How many requests are left: ``RateLimit-Limit: 100;w=21600``, as Docker Hub says it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ..frozen import frozen
from . import header

if TYPE_CHECKING:
    from collections.abc import Mapping

LOW_SHARE: Final = 0.1
"""The share of a window's requests below which a quota is worth a word."""

_QUOTA: Final = re.compile(r"([0-9]{1,12})(?:[ \t]*;[ \t]*w=([0-9]{1,9}))?(?:[ \t]*[,;].*)?", re.DOTALL)


@frozen
class RateLimit:
    """What a registry allows.

    Args:
        limit: Requests per window.
        remaining: Requests that are left in this window.
        window_s: Seconds that a window has, or None where the registry does not say.
    """

    limit: int
    remaining: int
    window_s: int | None

    @property
    def is_low(self) -> bool:
        """Whether so little is left that somebody should know."""
        return self.remaining < self.limit * LOW_SHARE


def parse_rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    """Return what an answer says about the rate limit, or None where it says nothing that we understand."""
    limit = _QUOTA.fullmatch(header.value(headers, "RateLimit-Limit") or "")
    remaining = _QUOTA.fullmatch(header.value(headers, "RateLimit-Remaining") or "")
    if limit is None or remaining is None:
        return None
    window = limit[2] or remaining[2]
    return RateLimit(int(limit[1]), int(remaining[1]), None if window is None else int(window))
