"""How often and how long to wait before a blob is tried again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from ..errors import AddressRefused, OciError, RegistryError, TlsFailed, TransportError
from ..wire.retry import RetryRule, delay_s, is_retryable

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRESS_BYTES: Final = 1024 * 1024
"""A try that moved at least this much was no failure of the path: the count begins anew."""


class Backoff:
    """Counts the failed tries of one blob.

    Args:
        rule: How many tries, and how long to wait between them.
        jitter: Returns a number from 0 to 1; two clients that failed together must not come back together.
    """

    def __init__(self, rule: RetryRule, jitter: Callable[[], float] = random.random) -> None:
        self._rule = rule
        self._jitter = jitter
        self.attempt = 0

    def delay_after(self, error: OciError, *, moved: int) -> float | None:
        """Say how long to wait after a failure.

        Args:
            error: What failed.
            moved: Bytes that this try had moved before.

        Returns:
            Seconds, or None when it is no use to try again.
        """
        if not may_pass(error):
            return None
        if moved >= PROGRESS_BYTES:
            self.attempt = 0
        self.attempt += 1
        if self.attempt >= self._rule.attempts:
            return None
        asked = error.retry_after_s if isinstance(error, RegistryError) else None
        return delay_s(self._rule, self.attempt, asked, self._jitter())


def may_pass(error: OciError) -> bool:
    """Tell whether a failure is of the kind that goes away by itself."""
    if isinstance(error, TlsFailed | AddressRefused):
        return False
    if isinstance(error, RegistryError):
        return is_retryable(error.status)
    return isinstance(error, TransportError)
