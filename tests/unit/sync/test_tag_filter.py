"""Choosing tags by what they say."""

from __future__ import annotations

import pytest

from oci.errors import InvalidValue
from oci.transfer.sync import Constraint, Pattern, TagFilter
from oci.transfer.sync.tag_filter import is_attachment_tag, is_fallback_tag

TAGS = ["latest", "v1.0.0", "v1.2.0", "v1.10.0", "v2.0.0-rc.1", "edge-2026"]


def taken(wanted: TagFilter) -> list[str]:
    return wanted.highest(tag for tag in TAGS if wanted.matches(tag))


def test_without_a_wish_everything_is_wanted() -> None:
    assert taken(TagFilter()) == TAGS


def test_patterns_are_searched_for_and_exclusion_wins() -> None:
    assert taken(TagFilter(include=(Pattern("2"),))) == ["v1.2.0", "v2.0.0-rc.1", "edge-2026"]
    wanted = TagFilter(include=(Pattern("^v"), Pattern("^latest$")), exclude=(Pattern("rc"),))
    assert taken(wanted) == ["latest", "v1.0.0", "v1.2.0", "v1.10.0"]


def test_versions_are_compared_as_numbers() -> None:
    assert taken(TagFilter(newest=2)) == ["v2.0.0-rc.1", "v1.10.0"]
    assert taken(TagFilter(newest=2, semver=Constraint.parse(">=1"))) == ["v1.10.0", "v1.2.0"]


def test_dates_decide_where_they_are_asked_for() -> None:
    dated = [(10.0, "a"), (30.0, "c"), (20.0, "b")]
    assert TagFilter(newest=2, by_date=True).latest(dated) == ["c", "b"]
    assert TagFilter(newer_than_s=10.0).latest(dated) == ["c", "b"]
    assert TagFilter(newer_than_s=15.0, newest=1, by_date=True).latest(dated) == ["c"]


def test_what_go_writes_differently_is_understood() -> None:
    assert Pattern(r"^[[:digit:]]+\z").is_in("123")
    assert not Pattern(r"^[[:alpha:]]$").is_in("1")


@pytest.mark.parametrize("text", ["(", "[[:nothing:]]", "a" * 1001, r"\pL", "*", "(?P<a>.)(?P<a>.)"])
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        Pattern(text)


def test_the_newest_of_none_is_refused() -> None:
    with pytest.raises(InvalidValue):
        TagFilter(newest=0)


def test_tags_made_of_digests_are_told_apart() -> None:
    digest = "sha256-" + 64 * "a"
    assert is_attachment_tag(digest) and is_fallback_tag(digest)
    assert is_attachment_tag(f"{digest}.sig") and not is_fallback_tag(f"{digest}.sig")
    assert not is_attachment_tag("v1.2-0123")
