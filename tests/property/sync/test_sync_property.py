"""What holds for all versions, and for all ways to share work."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oci.transfer.sync import Constraint, Shard, Version

numbers = st.integers(0, 30)
identifiers = st.lists(st.from_regex(r"\A(?:0|[1-9][0-9]{0,3}|[a-z-][0-9a-z-]{0,3})\Z"), max_size=3)
versions = st.builds(
    lambda a, b, c, pre: Version(a, b, c, tuple(pre)), numbers, numbers, numbers, identifiers
)


def written(version: Version) -> str:
    text = f"{version.major}.{version.minor}.{version.patch}"
    return f"{text}-{'.'.join(version.prerelease)}" if version.prerelease else text


@given(versions)
def test_a_version_is_read_as_it_was_written(version: Version) -> None:
    assert Version.parse(written(version)) == version
    assert Version.parse(f"v{written(version)}+build.7") == version


@given(versions, versions)
def test_exactly_one_of_less_equal_and_greater_holds(one: Version, other: Version) -> None:
    assert (one.precedes(other), one.key == other.key, other.precedes(one)).count(True) == 1


@given(versions, versions)
def test_a_constraint_and_its_contrary_part_all_versions(one: Version, other: Version) -> None:
    # With a pre-release in the constraint, none is left out because of its own.
    bound = written(Version(one.major, one.minor, one.patch, ("0",)))
    below, above = Constraint.parse(f"<{bound}"), Constraint.parse(f">={bound}")
    assert below.allows(other) is not above.allows(other)


@given(versions, versions)
def test_the_caret_allows_less_than_the_greater_or_equal(one: Version, other: Version) -> None:
    caret, tilde, least = (Constraint.parse(f"{sign}{written(one)}") for sign in ("^", "~", ">="))
    if caret.allows(other) or tilde.allows(other):
        assert least.allows(other)


@given(st.integers(1, 40), st.text(min_size=1, max_size=30))
def test_exactly_one_share_takes_each_key(count: int, key: str) -> None:
    assert sum(Shard(number, count).takes(key) for number in range(1, count + 1)) == 1
