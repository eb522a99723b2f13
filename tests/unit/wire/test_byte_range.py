"""Ranges: nothing is appended that was not asked for."""

from __future__ import annotations

import pytest

from oci.errors import SizeMismatch
from oci.wire.byte_range import RangeVerdict, judge, range_field


def verdict(status: int, content_range: str = "", *, length: int | None = 10, **fields: str) -> RangeVerdict:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    if content_range:
        headers["Content-Range"] = content_range
    return judge(status, headers, offset=20, length=length, size=100, where="blob")


def test_a_range_is_inclusive() -> None:
    assert range_field(0, 1) == "bytes=0-0"
    assert range_field(20, 10) == "bytes=20-29"
    assert range_field(20) == "bytes=20-"


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0, 0), (0, -1)])
def test_there_is_no_empty_range(offset: int, length: int) -> None:
    with pytest.raises(ValueError, match="no range"):
        range_field(offset, length)


@pytest.mark.parametrize(
    ("content_range", "length"),
    [
        ("bytes 20-29/100", 10),
        ("bytes 20-29/*", 10),
        ("Bytes 20-29/100", 10),
        ("bytes 20-99/100", None),
        ("bytes 20-99/100", 80),
        ("bytes 20-99/100", 500),
    ],
)
def test_the_bytes_that_were_asked_for(content_range: str, length: int | None) -> None:
    assert verdict(206, content_range, length=length) is RangeVerdict.PART


def test_the_announced_length_must_fit() -> None:
    assert verdict(206, "bytes 20-29/100", content_length="10") is RangeVerdict.PART
    assert verdict(206, "bytes 20-29/100", content_length="11") is RangeVerdict.UNUSABLE


@pytest.mark.parametrize(
    "content_range",
    [
        "",
        "bytes 0-29/100",
        "bytes 21-29/100",
        "bytes 20-28/100",
        "bytes 20-30/100",
        "bytes */100",
        "20-29/100",
        "items 20-29/100",
        "bytes 20-29",
        "bytes -1-29/100",
        "bytes 20-29/100, bytes 30-39/100",
    ],
)
def test_other_bytes_are_of_no_use(content_range: str) -> None:
    assert verdict(206, content_range) is RangeVerdict.UNUSABLE


@pytest.mark.parametrize("status", [206, 416])
def test_another_size_than_the_promised_one_is_an_error(status: int) -> None:
    with pytest.raises(SizeMismatch) as caught:
        verdict(status, "bytes 20-29/101" if status == 206 else "bytes */101")
    assert (caught.value.expected, caught.value.actual) == (100, 101)


def test_200_begins_at_the_first_byte() -> None:
    assert verdict(200, "bytes 20-29/100") is RangeVerdict.WHOLE


def test_416_has_nothing() -> None:
    assert verdict(416, "bytes */100") is RangeVerdict.BEYOND
    assert verdict(416) is RangeVerdict.BEYOND


@pytest.mark.parametrize("status", [204, 301, 404, 500])
def test_anything_else_is_a_failure(status: int) -> None:
    assert verdict(status) is RangeVerdict.FAILED
