from __future__ import annotations

import pytest

from oci.registry.error import ApiError
from oci.registry.page import next_link, page_of
from oci.serving import Query

NAMES = ["V2", "a", "b", "c"]


@pytest.mark.parametrize(
    ("query", "page", "has_more"),
    [
        ("", NAMES, False),
        ("n=2", ["V2", "a"], True),
        ("n=4", NAMES, False),
        ("n=100", NAMES, False),
        ("n=0", [], False),
        ("n=1&last=a", ["b"], True),
        ("last=a", ["b", "c"], False),
        ("last=aa", ["b", "c"], False),
        ("last=c", [], False),
        ("last=", NAMES, False),
    ],
)
def test_pages(query: str, page: list[str], has_more: bool) -> None:
    assert page_of(NAMES, Query(query), entries_max=100) == (page, has_more)


def test_a_page_is_never_larger_than_the_limit() -> None:
    assert page_of(NAMES, Query("n=4"), entries_max=3) == (NAMES[:3], True)
    assert page_of(NAMES, Query(), entries_max=3) == (NAMES[:3], True)


@pytest.mark.parametrize("query", ["n=x", "n=-1", "n=", "n=²", "n=9999999999999999999"])
def test_n_must_be_a_number(query: str) -> None:
    with pytest.raises(ApiError) as caught:
        page_of(NAMES, Query(query), entries_max=100)
    assert caught.value.status == 400


def test_links_are_encoded() -> None:
    assert next_link("/v2/a/tags/list", n="2", last="b+c") == '</v2/a/tags/list?n=2&last=b%2Bc>; rel="next"'
    assert next_link("/v2/a/tags/list", n="", last="b") == '</v2/a/tags/list?last=b>; rel="next"'
