"""When to ask again, and after how long: exponential back-off with full jitter that honours Retry-After.

Time and randomness are arguments. What is safe to repeat is the caller's business: every request of the
distribution protocol is, but for the PATCH of an upload, which continues from the offset that a status
request tells.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ..frozen import frozen
from . import header

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRYABLE: Final = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""Answers that may be different next time; those from 520 on are sent by content delivery networks."""

CAP_S: Final = 30.0
"""Seconds that a delay chosen by us has at most, unless somebody asked for longer ones."""

_SECONDS: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_MAX_HEADER: Final = 64


@frozen
class RetryRule:
    """How patient a client is.

    Args:
        attempts: Times that a request is made at most, the first one included; at least 1.
        base_s: Seconds that the first delay is chosen from; it doubles with each further attempt.
        cap_s: Seconds that a delay chosen by us has at most.
        retry_after_cap_s: Seconds that a peer can make us wait at most.
    """

    attempts: int = 5
    base_s: float = 0.5
    cap_s: float = CAP_S
    retry_after_cap_s: float = 120.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or min(self.base_s, self.cap_s, self.retry_after_cap_s) < 0:
            raise ValueError("a retry rule needs at least one attempt and no negative delays")

    @classmethod
    def of(cls, attempts: int, base_s: float) -> RetryRule:
        """Return the rule with this patience; a first delay beyond the usual cap lifts the cap.

        Args:
            attempts: Times that a request is made at most, the first one included.
            base_s: Seconds that the first delay is chosen from.
        """
        return cls(attempts=attempts, base_s=base_s, cap_s=max(base_s, CAP_S))


def is_retryable(status: int) -> bool:
    """Tell whether an answer with this status may be different when the request is repeated."""
    return status in RETRYABLE


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how long a peer asks to be left alone (RFC 9110, section 10.2.3).

    Args:
        headers: The answer's header fields.
        now: The time at which the answer arrived, with a time zone; needed where the peer names a date.

    Returns:
        Seconds of 0 or more, 0 for a date that has passed; None where the field is absent or not understood.
    """
    text = header.value(headers, "Retry-After")
    if not text or len(text) > _MAX_HEADER or not text.isascii():
        return None
    if _SECONDS.fullmatch(text):
        return float(text)
    moment = _http_date(text)
    return None if moment is None else max(0.0, (moment - now).total_seconds())


def delay_s(rule: RetryRule, attempt: int, retry_after: float | None, jitter: float) -> float:
    """Return how long to wait before the next attempt.

    Args:
        rule: How patient we are.
        attempt: Attempts that have failed so far, 1 after the first one.
        retry_after: What `retry_after_s` returned: never less than this is waited, up to the rule's cap.
        jitter: A random number from 0 up to 1, so that many clients do not come back together.

    Returns:
        Seconds.
    """
    # 2**62 half seconds are past any cap; a larger exponent would overflow a float.
    ladder = min(rule.cap_s, rule.base_s * 2.0 ** min(max(attempt, 1) - 1, 62))
    delay = jitter * ladder
    if retry_after is None:
        return delay
    floor = min(max(retry_after, 0.0), rule.retry_after_cap_s)
    return max(delay, floor + jitter * min(rule.base_s, ladder))


def _http_date(text: str) -> datetime | None:
    # Imported when a peer really names a date: email.utils takes as long to load as this whole package.
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
