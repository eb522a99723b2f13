"""Rate limits as Docker Hub states them."""

from __future__ import annotations

import pytest

from oci.wire.rate_limit import RateLimit, parse_rate_limit


@pytest.mark.parametrize(
    ("limit", "remaining", "is_low"), [(100, 10, False), (100, 9, True), (5, 0, True), (0, 0, False)]
)
def test_less_than_a_tenth_is_low(limit: int, remaining: int, is_low: bool) -> None:
    assert RateLimit(limit, remaining, None).is_low is is_low


@pytest.mark.parametrize(
    ("limit", "remaining", "parsed"),
    [
        ("100;w=21600", "76;w=21600", RateLimit(100, 76, 21600)),
        ("100 ; w=60", "0", RateLimit(100, 0, 60)),
        ("100", "76;w=60", RateLimit(100, 76, 60)),
        ("100", "76", RateLimit(100, 76, None)),
        ("100, 100;w=60", "5", RateLimit(100, 5, None)),
        ("100", None, None),
        ("", "5", None),
        ("-1", "5", None),
        ("lots", "5", None),
        ("1" * 40, "5", None),
    ],
)
def test_limits_are_read(limit: str, remaining: str | None, parsed: RateLimit | None) -> None:
    headers = {"ratelimit-limit": limit}
    if remaining is not None:
        headers["ratelimit-remaining"] = remaining
    assert parse_rate_limit(headers) == parsed
