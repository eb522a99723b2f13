"""How often and how long to wait before a blob is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..content import Rewound
from ..errors import AddressRefused, ConnectionBroken, OciError, RegistryError, TlsFailed, TransportError
from ..net.clock import chance
from ..wire.retry import RetryRule, delay_s, is_retryable

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRESS_BYTES: Final = 1024 * 1024
"""A try that came this much further than any before was no failure of the path: the count begins anew."""

MAX_REWINDS: Final = 16
"""Times that a destination may ask for bytes again, getting no further, before that counts as a failure."""


class Backoff:
    """Counts the failed tries of one blob.

    Only getting further than ever starts the count anew. A peer that breaks off at the same place each time,
    and has forgotten everything by then, would otherwise be sent the same bytes for ever.

    Args:
        rule: How many tries, and how long to wait between them.
        jitter: Returns a number from 0 to 1; two clients that failed together must not come back together.
    """

    def __init__(self, rule: RetryRule, jitter: Callable[[], float] = chance) -> None:
        self._rule = rule
        self._jitter = jitter
        self._furthest = 0
        self._rewinds = 0
        self.attempt = 0

    def delay_after(self, error: OciError, *, offset: int) -> float | None:
        """Say how long to wait after a failure.

        Args:
            error: What failed.
            offset: How far the blob had come, in bytes.

        Returns:
            Seconds, or None when it is no use to try again.
        """
        if not may_pass(error):
            return None
        if offset >= self._furthest + PROGRESS_BYTES:
            self.attempt = self._rewinds = 0
        self._furthest = max(self._furthest, offset)
        if isinstance(error, Rewound) and self._rewinds < MAX_REWINDS:
            self._rewinds += 1
            return 0.0
        self.attempt += 1
        if self.attempt >= self._rule.attempts:
            return None
        if self.attempt == 1 and isinstance(error, ConnectionBroken):
            # Mostly a connection that rested in the pool and had been hung up: nobody needs to be spared.
            return 0.0
        asked = error.retry_after_s if isinstance(error, RegistryError) else None
        return delay_s(self._rule, self.attempt, asked, self._jitter())


def may_pass(error: OciError) -> bool:
    """Tell whether a failure is of the kind that goes away by itself."""
    if isinstance(error, TlsFailed | AddressRefused):
        return False
    if isinstance(error, RegistryError):
        return is_retryable(error.status)
    return isinstance(error, TransportError)
