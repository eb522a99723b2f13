"""Text from outside is made harmless; numbers get units."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocitool.text import count_text, escaped, short_digest, size_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcödé 😀", "plain ünïcödé 😀"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("one\nline\r", "one\\u000aline\\u000d"),
        ("\x9b31m", "\\u009b31m"),
        ("abc\u202edef", "abc\\u202edef"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\udb40\\udc41"),
    ],
)
def test_what_could_move_a_cursor_is_written_as_an_escape(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_kept_characters_stay() -> None:
    assert escaped("a\tb\nc\x00", keep="\n\t") == "a\tb\nc\\u0000"


@given(st.text())
def test_a_json_string_means_the_same_afterwards(text: str) -> None:
    document = json.dumps({"key": text}, ensure_ascii=False)
    assert json.loads(escaped(document)) == {"key": text}


@given(st.text())
def test_what_is_escaped_can_be_encoded_and_has_no_control_characters(text: str) -> None:
    shown = escaped(text).encode().decode()
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_950, "1.0 MB"),
        (123_456_789, "123.5 MB"),
        (2e18, "2000.0 PB"),
    ],
)
def test_sizes_are_in_powers_of_1000(count: float, shown: str) -> None:
    assert size_text(count) == shown


def test_counts_and_digests() -> None:
    assert [count_text(n, "blob") for n in (0, 1, 2)] == ["0 blobs", "1 blob", "2 blobs"]
    assert short_digest("sha256:" + "ab" * 32) == "sha256:abababababab"
