"""Warnings, for people only."""

from __future__ import annotations

import pytest

from oci.wire.warning import MAX_BYTES, parse_warnings


@pytest.mark.parametrize(
    ("field", "texts"),
    [
        (
            '299 - "Your auth token will expire in 30 seconds."',
            ("Your auth token will expire in 30 seconds.",),
        ),
        ('299 - "a", 299 - "b, c" , 299 - "a"', ("a", "b, c")),
        (r'299 - "say \"hi\""', ('say "hi"',)),
        ('299 - "dated" "Sat, 22 Nov 2026 00:00:00 GMT", 299 - "b"', ("dated", "b")),
        ('299 - "a\x1b[31mb\n"', ("a\\x1b[31mb",)),
        ('110 - "stale", 299 host "agent", 299 - "mine"', ("mine",)),
        ('299 - ""', ()),
        ('299 - "unclosed', ()),
        ("299 - bare", ()),
        ("", ()),
        ("garbage", ()),
    ],
)
def test_warnings_are_read(field: str, texts: tuple[str, ...]) -> None:
    assert parse_warnings({"Warning": field}) == texts


def test_no_field_is_no_warning() -> None:
    assert parse_warnings({}) == ()


def test_the_length_is_bounded_in_bytes() -> None:
    frame = len('299 - ""')
    assert parse_warnings({"Warning": f'299 - "{"x" * (MAX_BYTES - frame)}"'}) == ("x" * (MAX_BYTES - frame),)
    assert parse_warnings({"Warning": f'299 - "{"x" * (MAX_BYTES - frame + 1)}"'}) == ()
    assert parse_warnings({"Warning": f'299 - "{"ä" * (MAX_BYTES - frame)}"'}) == ()
