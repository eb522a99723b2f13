"""No path and no field makes the registry's parsers do anything but answer or refuse."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oci.registry.byte_range import asked_range, sent_range
from oci.registry.error import ApiError
from oci.registry.page import page_of
from oci.registry.route import RESERVED, parse_route
from oci.serving import Query
from oci.spec.reference import check_repository

WORDS = st.sampled_from(
    ["v2", "a", "tags", "list", "blobs", "uploads", "manifests", "referrers", "", "..", "x" * 32]
)


@given(st.lists(WORDS | st.text(max_size=10), max_size=8))
def test_a_route_never_leaves_the_registry(segments: list[str]) -> None:
    try:
        route = parse_route(("v2", *segments))
    except ApiError as error:
        assert error.status in {400, 404}
        return
    if route.repository:
        assert check_repository(route.repository)
        assert not RESERVED.intersection(route.repository.split("/"))


@given(
    st.text(max_size=40) | st.from_regex(r"bytes=\d{0,20}-\d{0,20}", fullmatch=True), st.integers(0, 10**12)
)
def test_asked_ranges_lie_inside(field: str, size: int) -> None:
    try:
        part = asked_range(field, size)
    except ApiError as error:
        assert error.status == 416
        return
    if part is not None:
        start, length = part
        assert 0 <= start < start + length <= size


@given(st.text(max_size=40) | st.from_regex(r"\d{0,20}-\d{0,20}", fullmatch=True))
def test_sent_ranges_have_a_length(field: str) -> None:
    try:
        part = sent_range(field)
    except ApiError as error:
        assert error.status == 400
        return
    assert part is None or (part[0] >= 0 and part[1] > 0)


@given(st.sets(st.text("abcABC", min_size=1, max_size=3)), st.integers(1, 10), st.integers(1, 10))
def test_pages_together_are_the_whole(names: set[str], wanted: int, entries_max: int) -> None:
    ordered, found, last, has_more = sorted(names), [], "", True
    while has_more:
        page, has_more = page_of(ordered, Query(f"n={wanted}&last={last}"), entries_max=entries_max)
        assert len(page) <= min(wanted, entries_max)
        found += page
        last = page[-1] if page else ""
    assert found == ordered
