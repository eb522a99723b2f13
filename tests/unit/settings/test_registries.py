"""Rules of registries.conf: which one decides, where a name leads, what is blocked."""

from __future__ import annotations

import pytest

from oci.errors import InvalidSettings
from oci.settings import Mirror, MirrorUse, RegistriesConf, RegistryRule
from oci.spec import Digest, Reference

DIGEST = Digest.parse("sha256:" + "a" * 64)


def conf(*rules: RegistryRule) -> RegistriesConf:
    return RegistriesConf(rules=rules)


def places(rules: RegistriesConf, name: str) -> list[str]:
    return [str(source.reference) for source in rules.pull_sources(Reference.parse(name))]


class TestMatching:
    @pytest.mark.parametrize(
        ("prefix", "name", "matches"),
        [
            ("r.example", "r.example/app:1", True),
            ("r.example", "r.example:5000/app:1", True),
            ("r.example:5000", "r.example:5000/app:1", True),
            ("r.example:5000", "r.example/app:1", False),
            ("r.example", "r.example.org/app:1", False),
            ("r.example/a", "r.example/app:1", False),
            ("r.example/app", "r.example/app:1", True),
            ("r.example/app", f"r.example/app@{DIGEST}", True),
            ("r.example/app", "r.example/app/sub:1", True),
            ("r.example/app:1", "r.example/app:1", True),
            ("r.example/app:1", "r.example/app:10", False),
            ("docker.io/library", "alpine:3", True),
            ("docker.io/alpine", "alpine:3", False),
            ("*.example", "r.example/app:1", True),
            ("*.example", "a.b.example:5000/app:1", True),
            ("*.example", "example/app:1", False),
            ("*.example.com", "example.com/app:1", False),
            ("*.example.com", "r.example.com.evil.org/app:1", False),
            ("*.example.com", "evil.org/r.example.com/app:1", False),
        ],
    )
    def test_a_prefix_ends_where_a_part_of_the_name_does(self, prefix: str, name: str, matches: bool) -> None:
        rules = conf(RegistryRule(prefix=prefix, location="m.example"))
        assert (rules.rule_for(str(Reference.parse(name))) is not None) is matches

    def test_the_longest_prefix_decides(self) -> None:
        rules = conf(
            RegistryRule(prefix="r.example", location="one.example"),
            RegistryRule(prefix="r.example/team", location="two.example"),
            RegistryRule(prefix="*.example", location="three.example"),
        )
        assert places(rules, "r.example/team/app:1") == ["two.example/app:1"]
        assert places(rules, "r.example/app:1") == ["one.example/app:1"]
        assert places(rules, "s.example/app:1") == ["three.example/app:1"]


class TestPlaces:
    def test_without_a_rule_a_name_means_itself(self) -> None:
        (source,) = conf().pull_sources(Reference.parse("r.example/app:1"))
        assert str(source.reference) == "r.example/app:1"
        assert not source.is_insecure
        assert not source.is_mirror

    def test_mirrors_come_before_the_primary_location(self) -> None:
        rules = conf(
            RegistryRule(
                prefix="r.example/team",
                location="inner.example/x",
                is_insecure=True,
                mirrors=(Mirror(location="a.example:5000"), Mirror(location="b.example/y", is_insecure=True)),
            )
        )
        sources = rules.pull_sources(Reference.parse("r.example/team/app:1"))
        assert [(str(s.reference), s.is_insecure, s.is_mirror) for s in sources] == [
            ("a.example:5000/app:1", False, True),
            ("b.example/y/app:1", True, True),
            ("inner.example/x/app:1", True, False),
        ]
        own = rules.own(Reference.parse("r.example/team/app:1"))
        assert (str(own.reference), own.is_insecure, own.is_mirror) == ("r.example/team/app:1", True, False)

    def test_mirrors_may_be_for_tags_or_digests_only(self) -> None:
        rules = conf(
            RegistryRule(
                prefix="r.example",
                location="r.example",
                mirrors=(
                    Mirror(location="d.example", use=MirrorUse.DIGEST_ONLY),
                    Mirror(location="t.example", use=MirrorUse.TAG_ONLY),
                ),
            )
        )
        assert places(rules, "r.example/app:1") == ["t.example/app:1", "r.example/app:1"]
        assert places(rules, f"r.example/app@{DIGEST}") == [
            f"d.example/app@{DIGEST}",
            f"r.example/app@{DIGEST}",
        ]
        # Both are given: the digest decides what is meant.
        assert places(rules, f"r.example/app:1@{DIGEST}")[0].startswith("d.example/")

    def test_a_wildcard_without_a_location_leaves_the_name(self) -> None:
        rules = conf(RegistryRule(prefix="*.example", is_insecure=True))
        (source,) = rules.pull_sources(Reference.parse("r.example/app:1"))
        assert str(source.reference) == "r.example/app:1"
        assert source.is_insecure

    def test_a_wildcard_takes_the_whole_host(self) -> None:
        rules = conf(RegistryRule(prefix="*.example", location="m.org/all"))
        assert places(rules, "a.b.example/app:1") == ["m.org/all/app:1"]

    def test_a_rule_for_one_image_keeps_its_tag(self) -> None:
        rules = conf(RegistryRule(prefix="r.example/app:1", location="m.example/other"))
        assert places(rules, "r.example/app:1") == ["m.example/other:1"]
        rules = conf(RegistryRule(prefix="r.example/app:1", location="m.example/other:2"))
        assert places(rules, "r.example/app:1") == ["m.example/other:2"]

    @pytest.mark.parametrize(
        "location", ["mirror", "m.example/../x", "m.example/UPPER", "-bad.example", "m.example:99999", "m//x"]
    )
    def test_a_location_that_leads_nowhere_is_told_with_file_and_rule(self, location: str) -> None:
        rules = conf(RegistryRule(prefix="r.example", location=location, origin="/etc/r.conf"))
        with pytest.raises(InvalidSettings) as caught:
            rules.pull_sources(Reference.parse("r.example/app:1"))
        assert caught.value.path == "/etc/r.conf"
        assert caught.value.key == 'registry "r.example" location'

    def test_under_its_own_name_an_image_is_where_the_name_says(self) -> None:
        rule = RegistryRule(prefix="r.example", location="i.example", mirrors=(Mirror(location="m.example"),))
        assert places(conf(rule).as_named(), "r.example/app:1") == ["r.example/app:1"]


class TestBlocking:
    BLOCKED = RegistryRule(prefix="r.example", location="r.example", is_blocked=True)

    def test_a_blocked_name_has_no_place_that_may_be_asked(self) -> None:
        (source,) = conf(self.BLOCKED).pull_sources(Reference.parse("r.example/app:1"))
        assert source.blocked_by == self.BLOCKED

    def test_mirrors_of_a_blocked_registry_may_be_asked(self) -> None:
        """So that clusters name their mirrors and keep everybody from the source."""
        rule = RegistryRule(
            prefix="r.example",
            location="r.example",
            is_blocked=True,
            mirrors=(Mirror(location="m.example"),),
        )
        mirror, primary = conf(rule).pull_sources(Reference.parse("r.example/app:1"))
        assert mirror.blocked_by is None
        assert primary.blocked_by == rule

    def test_what_a_name_leads_to_may_be_blocked_in_its_own_name(self) -> None:
        moved = RegistryRule(
            prefix="a.example", location="r.example", mirrors=(Mirror(location="r.example/cache"),)
        )
        sources = conf(self.BLOCKED, moved).pull_sources(Reference.parse("a.example/app:1"))
        assert [source.blocked_by for source in sources] == [self.BLOCKED, self.BLOCKED]

    def test_a_block_holds_for_a_name_that_leads_elsewhere(self) -> None:
        rule = RegistryRule(prefix="a.example", location="b.example", is_blocked=True)
        (source,) = conf(rule).pull_sources(Reference.parse("a.example/app:1"))
        assert source.blocked_by == rule

    def test_a_longer_prefix_may_allow_what_a_shorter_one_blocks(self) -> None:
        allowed = RegistryRule(prefix="r.example/team", location="r.example/team")
        rules = conf(self.BLOCKED, allowed)
        assert rules.blocking("r.example/team/app") is None
        assert rules.blocking("r.example/other") == self.BLOCKED
        assert rules.blocking("r.example") == self.BLOCKED
