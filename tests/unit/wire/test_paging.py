"""Paging: the same listing, continued, and an end."""

from __future__ import annotations

import pytest

from oci.errors import AddressRefused, InvalidDocument
from oci.wire.paging import next_link, next_page

URL = "https://r.example/v2/a/tags/list?n=2"
PATH = "https://r.example/v2/a/tags/list"


@pytest.mark.parametrize(
    ("field", "target"),
    [
        ('</v2/a?n=2&last=b>; rel="next"', "/v2/a?n=2&last=b"),
        ("</v2/a>;rel=next", "/v2/a"),
        ("</v2/a> ; Rel = NEXT", "/v2/a"),
        ('</x>; rel="prev", </y>; title="a, b; \\"c\\""; rel="last next"', "/y"),
        ("<>; rel=next", ""),
        ('</x>; rel="prev"; rel="next"', None),
        ("</x>", None),
        ("/x; rel=next", None),
        ("", None),
        ("<" * 1000, None),
        ("</x" + "y" * 20_000 + ">; rel=next", None),
    ],
)
def test_the_next_link_is_found(field: str, target: str | None) -> None:
    assert next_link({"link": field}) == target


@pytest.mark.parametrize(
    "link",
    [
        "/v2/a/tags/list?n=2&last=b%2Fc",
        "?n=2&last=b%2Fc",
        "list?n=2&last=b%2Fc",
        "https://r.example/v2/a/tags/list?n=2&last=b%2Fc",
        "https://r.example:443/v2/a/tags/list?n=2&last=b%2Fc",
        "/prefix/v2/a/tags/list?n=2&last=b%2Fc#x",
    ],
)
def test_only_the_query_of_a_link_is_used(link: str) -> None:
    page = next_page(URL, {"Link": f'<{link}>; rel="next"'}, seen=(URL,))
    assert page == f"{PATH}?n=2&last=b%2Fc"


def test_without_a_link_the_listing_ends() -> None:
    assert next_page(URL, {}, seen=(URL,)) is None
    assert next_page(URL, {"Link": '</x>; rel="first"'}, seen=(URL,)) is None


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v2/a/tags/list?last=b",
        "http://r.example/v2/a/tags/list?last=b",
        "http://169.254.169.254/latest?x",
        "//evil.example/v2/a/tags/list?last=b",
        "https://r.example:444/v2/a/tags/list?last=b",
        "https://u@r.example/v2/a/tags/list?last=b",
        "/v2/b/tags/list?last=b",
        "/v2/_catalog?last=b",
        "/v2/a/tags/list",
        "",
        "/v2/a/tags/list?a b",
    ],
)
def test_a_link_out_of_the_listing_is_refused(link: str) -> None:
    with pytest.raises(AddressRefused):
        next_page(URL, {"Link": f"<{link}>; rel=next"}, seen=(URL,))


def test_a_listing_that_leads_in_a_circle_is_refused() -> None:
    with pytest.raises(InvalidDocument):
        next_page(URL, {"Link": "</v2/a/tags/list?n=2>; rel=next"}, seen=(URL,))
    with pytest.raises(InvalidDocument):
        next_page(f"{PATH}?last=b", {"Link": "<?n=2>; rel=next"}, seen=(URL, f"{PATH}?last=b"))
