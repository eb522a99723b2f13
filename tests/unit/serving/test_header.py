from __future__ import annotations

import pytest

from oci.serving import Headers, Query


def test_names_compare_without_case_and_keep_their_order() -> None:
    headers = Headers([("Link", "a"), ("link", "b"), ("ETag", "c")])
    assert headers.get("LINK") == "a"
    assert headers.all("link") == ["a", "b"]
    assert "etag" in headers
    assert "Location" not in headers
    assert headers.get("Location", "none") == "none"
    assert list(headers) == [("Link", "a"), ("link", "b"), ("ETag", "c")]


def test_tokens_of_several_fields_are_one_set() -> None:
    headers = Headers([("Connection", "Keep-Alive, Upgrade"), ("connection", ", close")])
    assert headers.tokens("Connection") == {"keep-alive", "upgrade", "close"}


def test_replacing_leaves_the_original_alone() -> None:
    headers = Headers([("A", "1"), ("a", "2"), ("B", "3")])
    assert list(headers.replacing("a", "4")) == [("B", "3"), ("a", "4")]
    assert list(headers.replacing("A", None)) == [("B", "3")]
    assert len(headers) == 3


def test_values_do_not_show_in_repr() -> None:
    assert "secret" not in repr(Headers([("Authorization", "Basic secret")]))
    assert "secret" not in repr(Query("token=secret"))


def test_query_keeps_blank_and_repeated_parameters() -> None:
    query = Query("tag=a&tag=b%2Fc&mount=&x=1+2")
    assert query.all("tag") == ["a", "b/c"]
    assert query.get("mount") == ""
    assert query.get("from") is None
    assert query.get("x") == "1 2"
    assert "mount" in query


@pytest.mark.parametrize("text", ["&".join(["a=b"] * 257), "a=%ff"])
def test_hostile_queries_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Query(text)
