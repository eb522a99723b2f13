"""URLs and foreign text as they may be shown."""

from __future__ import annotations

import pytest

from oci.wire.printable import printable
from oci.wire.redact import redacted


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h:5000/v2/a?b=c#d", "https://h:5000/v2/a"),
        ("https://u:p@h/x", "https://h/x"),
        ("https://u:p@q@h/x", "https://h/x"),
        ("//u@h/x?y", "//h/x"),
        ("/v2/a?secret", "/v2/a"),
        ("http://[::1]:5000/x", "http://[::1]:5000/x"),
        ("https://h/a\x1b[31m", "https://h/a\\x1b[31m"),
        ("https://h/\u202e", "https://h/\\u202e"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert redacted(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "https://u:s3/cr@h/x",
        "https://u/:s3cr@h/x",
        "https://u:s3?cr@h",
        "u:s3cr@h",
        "https:\\\\u:s3cr@h",
        "",
        "https://u:s3#@h",
        "https://a b/",
    ],
)
def test_what_is_no_clear_address_is_not_shown_at_all(url: str) -> None:
    assert redacted(url) == "(unreadable address)"


def test_a_long_url_is_cut() -> None:
    shown = redacted("https://h/" + "x" * 10_000)
    assert len(shown) == 300
    assert shown.endswith("...")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \u00e4\u4e2d", "plain \u00e4\u4e2d"),
        ("a\nb\r\t\0", "a\\nb\\r\\t\\x00"),
        ("a\\n", "a\\\\n"),
        ("\x9b31m", "\\x9b31m"),
        ("\u2066\u200b\ud800", "\\u2066\\u200b\\ud800"),
    ],
)
def test_text_is_shown_without_what_steers_a_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_text_is_cut_at_its_limit_and_not_before() -> None:
    assert printable("x" * 10, limit=10) == "x" * 10
    assert printable("x" * 11, limit=10) == "x" * 7 + "..."
    assert len(printable("\0" * 50, limit=30)) == 30
