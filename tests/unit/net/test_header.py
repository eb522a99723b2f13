"""Header fields: found whatever their case, all of them kept, and nothing smuggled in."""

from __future__ import annotations

import pytest

from oci.errors import InvalidValue
from oci.net.header import Headers


def test_names_are_found_whatever_their_case() -> None:
    headers = Headers([("Content-Type", "text/plain"), ("X-A", "1")])
    assert headers["content-type"] == headers.get("CONTENT-TYPE") == "text/plain"
    assert "x-a" in headers
    assert "X-B" not in headers
    assert headers.get("X-B") is None
    assert (len(headers), list(headers)) == (2, ["content-type", "x-a"])


def test_a_field_that_came_several_times_is_one_value_and_its_parts() -> None:
    headers = Headers([("Link", "<a>"), ("X", "y"), ("link", "<b>")])
    assert headers["Link"] == "<a>, <b>"
    assert headers.all("LINK") == ["<a>", "<b>"]
    assert headers.all("none") == headers.all("n\u00e4me") == []
    assert headers.raw == ((b"Link", b"<a>"), (b"X", b"y"), (b"link", b"<b>"))


def test_what_was_received_need_not_be_ascii() -> None:
    headers = Headers.received(((b"X-Utf", "\u00e4".encode()), (b"X-Latin", b"\xe4")))
    assert headers == {"x-utf": "\u00e4", "x-latin": "\u00e4"}
    assert headers.all("X-Latin") == ["\u00e4"]


@pytest.mark.parametrize("value", ["a\r\nX: b", "a\nb", "a\rb", "a\0b", "\u00e4", "\ud800"])
def test_values_cannot_smuggle_anything_in(value: str) -> None:
    with pytest.raises(InvalidValue, match="'X-Name' cannot be sent") as caught:
        Headers([("X-Name", value)])
    assert value not in caught.value.message


@pytest.mark.parametrize("name", ["", "X Y", "X:", "X\r\nY", "X\n", "X\0", "\u00e4", "(x)"])
def test_names_are_names(name: str) -> None:
    with pytest.raises(InvalidValue, match="cannot be sent"):
        Headers([(name, "value")])


def test_values_are_not_shown() -> None:
    assert "secret" not in repr(Headers([("Authorization", "Bearer secret")]))
