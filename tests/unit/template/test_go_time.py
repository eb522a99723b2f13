"""Go's time.Time: what is parsed, what is refused. How it is formatted is recorded from Go in test_golden."""

from __future__ import annotations

import pytest

from ocitool.go_time import Time


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("2023-05-06T07:08:09Z", "2023-05-06 07:08:09 +0000 UTC"),
        ("2023-05-06T07:08:09.120Z", "2023-05-06 07:08:09.12 +0000 UTC"),
        ("2023-05-06T07:08:09.1234567891Z", "2023-05-06 07:08:09.123456789 +0000 UTC"),
        ("2023-05-06T07:08:09+00:00", "2023-05-06 07:08:09 +0000 UTC"),
        ("2023-05-06T07:08:09-03:30", "2023-05-06 07:08:09 -0330 -0330"),
        ("0001-01-01T00:00:00Z", "0001-01-01 00:00:00 +0000 UTC"),
    ],
)
def test_printed(text: str, printed: str) -> None:
    assert Time.parse(text).go_string() == printed


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "2023-05-06", "2023-05-06T07:08:09", "2023-05-06 07:08:09Z", "2023-05-06T07:08:09z"),
        *("2023-05-06T07:08:09.Z", "2023-13-06T07:08:09Z", "2023-02-29T07:08:09Z", "2023-05-06T24:00:00Z"),
        *(
            "2023-05-06T07:08:09+0100",
            "2023-05-06T07:08:09+1:00",
            "2023-05-06T07:08:09+24:00",
            "0000-01-01T00:00:00Z",
        ),
        *(
            "2023-05-06T07:08:09ZZ",
            "2023-05-06T07:08:09.5",
            "\u0662023-05-06T07:08:09Z",
            "2023-05-06T07:08:60Z",
        ),
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339"):
        Time.parse(text)


def test_utc_beyond_the_calendar() -> None:
    with pytest.raises(ValueError, match="years"):
        Time.parse("9999-12-31T23:59:59-01:00").utc()
