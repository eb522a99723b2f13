"""Listings of tags, as registries get them wrong."""

from __future__ import annotations

import json

import pytest

from oci.errors import InvalidDocument
from oci.wire.tag_list import MAX_SKIPPED, TagPage, parse_tags


def parse(tags: object) -> TagPage:
    return parse_tags(json.dumps({"name": "a", "tags": tags, "extra": 1}).encode(), where="r.example/a")


def test_tags_keep_their_order_and_come_once() -> None:
    assert parse(["b", "a", "b", "A"]) == TagPage(("b", "a", "A"))


def test_null_is_an_empty_list() -> None:
    assert parse(None) == TagPage(())
    assert parse([]) == TagPage(())
    assert parse_tags(b'{"name":"a"}', where="r") == TagPage(())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("sha256:" + "a" * 64, "sha256:" + "a" * 64),
        ("_uploads", "_uploads"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("-ot-beta-jmx", "-ot-beta-jmx"),
        ("a\x1b[31m", "a\\x1b[31m"),
        ("a\n", "a\\n"),
        ("", ""),
        ("x" * 129, "x" * 97 + "..."),
        ("\u0661", "\u0661"),
        (7, "(int)"),
        (None, "(NoneType)"),
        (["a"], "(list)"),
    ],
)
def test_what_is_no_tag_is_reported_and_never_used(name: object, shown: str) -> None:
    assert parse(["a", name, "b"]) == TagPage(("a", "b"), (shown,))


def test_the_report_is_bounded() -> None:
    page = parse(["?"] * (MAX_SKIPPED + 1) + ["good"])
    assert len(page.skipped) == MAX_SKIPPED
    assert page.tags == ("good",)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"tags":{}}', b'{"tags":"a"}', b'{"tags":["a"],"tags":[]}', b"<html>"]
)
def test_what_is_no_listing_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidDocument):
        parse_tags(body, where="r.example/a")
