"""Versions and constraints."""

from __future__ import annotations

import pytest

from oci.errors import InvalidValue
from oci.transfer.sync import Constraint, Version


def version(text: str) -> Version:
    parsed = Version.parse(text)
    assert parsed is not None, text
    return parsed


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("1.2.3", Version(1, 2, 3)),
        ("v1.2", Version(1, 2)),
        ("7", Version(7)),
        ("1.2.3-rc.1+build5", Version(1, 2, 3, ("rc", "1"))),
        ("3.12-alpine", Version(3, 12, 0, ("alpine",))),
    ],
)
def test_a_tag_is_read_leniently(text: str, parsed: Version) -> None:
    assert Version.parse(text) == parsed


@pytest.mark.parametrize(
    "text", ["", "latest", "1.2.3.4", "1..2", "v", "1.2-", "1.2.3-01", "1" * 19, "\uff11.2"]
)
def test_what_is_no_version_is_none(text: str) -> None:
    assert Version.parse(text) is None


def test_precedence_is_that_of_the_specification() -> None:
    # semver.org, section 11: the example, and a release above all of them.
    order = (
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0"
    )
    versions = [version(text) for text in order.split()]
    newest_first = versions[::-1]
    assert sorted(newest_first, key=lambda each: each.key) == versions
    assert not version("1.0.0+a").precedes(version("1.0.0+b"))


@pytest.mark.parametrize(
    ("constraint", "allowed", "refused"),
    [
        (">=1.2, <2", "1.2.0 1.9.9 1.2", "1.1.9 2.0.0 2.1.0"),
        (">=1.2 <2", "1.5.0", "2.0.0"),
        (">= 3.12.0", "3.12.0 4.0.0", "3.11.9"),
        ("=> 1, =< 2", "1.0.0 2.9.9", "0.9.0 3.0.0"),
        ("1.2.3", "1.2.3 v1.2.3", "1.2.4"),
        ("1.2", "1.2.0 1.2.7", "1.3.0"),
        ("1.x", "1.0.0 1.9.0", "2.0.0"),
        ("*", "0.0.0 9.9.9", "1.0.0-rc.1"),
        ("!=1.2.3", "1.2.4", "1.2.3"),
        ("!=1.2.x", "1.3.0", "1.2.9"),
        ("~1.2.3", "1.2.3 1.2.9", "1.2.2 1.3.0"),
        ("~>1", "1.0.0 1.9.0", "2.0.0"),
        ("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0 1.0.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0.0", "0.0.1", "0.1.0"),
        ("^0", "0.9.0", "1.0.0"),
        (">1", "2.0.0", "1.0.0 1.9.9"),
        (">1.2", "1.3.0", "1.2.9"),
        ("<=1.2", "1.2.9", "1.3.0"),
        ("1.2 - 1.4.5", "1.2.0 1.4.5", "1.4.6 1.1.0"),
        ("<1 || >=2", "0.9.0 2.0.0", "1.5.0"),
        (">=1.0.0-beta", "1.0.0-rc.1 1.0.0", "1.0.0-alpha"),
        (">=1.0.0", "1.0.1", "1.1.0-rc.1"),
    ],
)
def test_constraints(constraint: str, allowed: str, refused: str) -> None:
    parsed = Constraint.parse(constraint)
    assert [text for text in allowed.split() if not parsed.allows(version(text))] == []
    assert [text for text in refused.split() if parsed.allows(version(text))] == []


@pytest.mark.parametrize(
    "text", ["", "latest", ">=", "1.2.3.4", ">>1", "1 ||", "^", "~a", "1.2.3 foo", "=1,=x2", ">=1" * 300]
)
def test_what_is_no_constraint_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        Constraint.parse(text)
