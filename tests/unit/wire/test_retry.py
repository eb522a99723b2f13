"""When to ask again, and after how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from oci.wire.retry import RetryRule, delay_s, is_retryable, retry_after_s

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 522])
def test_passing_troubles_are_retried(status: int) -> None:
    assert is_retryable(status)


@pytest.mark.parametrize("status", [200, 307, 400, 401, 403, 404, 409, 413, 416, 501, 505])
def test_answers_that_will_not_change_are_not_retried(status: int) -> None:
    assert not is_retryable(status)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 30 ", 30.0),
        ("1.5", 1.5),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0),
        ("Sunday, 22-Nov-26 12:01:00 GMT", 60.0),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("1e9", None),
        ("9" * 30, None),
        ("Mon, 99 Zzz 9999 99:99:99 GMT", None),
        ("\u0661", None),
    ],
)
def test_retry_after_is_read(text: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": text}, NOW) == seconds


def test_no_retry_after_is_none() -> None:
    assert retry_after_s({}, NOW) is None


def test_the_delay_doubles_up_to_its_cap() -> None:
    rule = RetryRule(base_s=0.5, cap_s=5.0)
    assert [delay_s(rule, attempt, None, 1.0) for attempt in range(1, 7)] == [0.5, 1, 2, 4, 5, 5]


def test_the_jitter_spreads_over_the_whole_delay() -> None:
    rule = RetryRule(base_s=1.0)
    assert delay_s(rule, 3, None, 0.0) == 0.0
    assert delay_s(rule, 3, None, 0.5) == 2.0


def test_retry_after_is_a_lower_bound() -> None:
    rule = RetryRule(base_s=0.5)
    assert delay_s(rule, 1, 20.0, 0.0) == 20.0
    assert delay_s(rule, 1, 20.0, 1.0) == 20.5


def test_a_long_back_off_outlasts_a_short_retry_after() -> None:
    assert delay_s(RetryRule(base_s=8.0), 2, 1.0, 1.0) == 16.0


def test_a_peer_cannot_make_us_wait_for_ever() -> None:
    rule = RetryRule(base_s=0.0, retry_after_cap_s=120.0)
    assert delay_s(rule, 1, 1e9, 0.5) == 120.0


def test_a_huge_attempt_does_not_overflow() -> None:
    assert delay_s(RetryRule(), 100_000, None, 1.0) == RetryRule().cap_s


@pytest.mark.parametrize(
    "wrong", [{"attempts": 0}, {"base_s": -1.0}, {"cap_s": -1.0}, {"retry_after_cap_s": -0.1}]
)
def test_an_impossible_rule_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="retry rule"):
        RetryRule(**wrong)  # type: ignore[arg-type]  # the values are what is wrong
