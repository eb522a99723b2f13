from __future__ import annotations

import pytest

from oci.registry.byte_range import asked_range, sent_range
from oci.registry.error import ApiError


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=500-1499", (500, 1000)),
        ("bytes=500-", (500, 1548)),
        ("bytes=-500", (1548, 500)),
        ("bytes=-5000", (0, 2048)),
        ("bytes=2000-5000", (2000, 48)),
        (" Bytes = 2047 - 2047 ", (2047, 1)),
        # Not understood, or more than one part: the whole.
        ("", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=0-9999999999999999999", None),
    ],
)
def test_asked_ranges(field: str, part: tuple[int, int] | None) -> None:
    assert asked_range(field, 2048) == part


@pytest.mark.parametrize("field", ["bytes=2048-", "bytes=5000-10000", "bytes=500-0", "bytes=-0"])
def test_ranges_of_nothing_cannot_be_satisfied(field: str) -> None:
    with pytest.raises(ApiError) as caught:
        asked_range(field, 2048)
    assert caught.value.status == 416
    assert caught.value.headers["Content-Range"] == "bytes */2048"


def test_nothing_of_an_empty_blob_can_be_asked_for() -> None:
    for field in ("bytes=0-", "bytes=-5", "bytes=0-0"):
        with pytest.raises(ApiError):
            asked_range(field, 0)


@pytest.mark.parametrize(("field", "part"), [("", None), ("0-0", (0, 1)), ("100-199", (100, 100))])
def test_sent_ranges(field: str, part: tuple[int, int] | None) -> None:
    assert sent_range(field) == part


@pytest.mark.parametrize("field", ["5-4", "bytes=0-1", "0-", "-5", "a-b", "0-1/2", "0--1"])
def test_malformed_chunk_ranges_are_refused(field: str) -> None:
    with pytest.raises(ApiError) as caught:
        sent_range(field)
    assert caught.value.status == 400
