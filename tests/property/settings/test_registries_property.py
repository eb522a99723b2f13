"""registries.conf, policy.json and short names, whatever is written in them."""

from __future__ import annotations

import contextlib
import json
from itertools import pairwise

from hypothesis import given, reject
from hypothesis import strategies as st

from oci.errors import InvalidSettings
from oci.settings import Mirror, MirrorUse, PullSource, RegistriesConf, RegistryRule
from oci.settings.policy_file import parse_policy
from oci.settings.policy_scope import scopes_of_reference
from oci.settings.registries_file import merged, parse_registries
from oci.settings.short_name import resolve_short_name
from oci.spec import Digest, Reference

LABEL = st.sampled_from(["a", "b", "ab", "x1"])
# Without ports: a rule for a host is one for all of its ports, and a location with a path then leads nowhere.
HOST = st.lists(LABEL, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "example"]))
PATH = st.lists(LABEL, min_size=1, max_size=3).map("/".join)
DIGEST = Digest.parse("sha256:" + "e" * 64)
TARGET = st.sampled_from([("1", None), (None, DIGEST), ("1", DIGEST)])
REFERENCES = st.builds(
    lambda host, path, target: Reference(host, path, target[0], target[1]), HOST, PATH, TARGET
)
LOCATION = st.one_of(HOST, st.builds("/".join, st.tuples(HOST, PATH)))
PREFIX = st.one_of(LOCATION, st.sampled_from(["*.example", "*.a.example", "*.b.example"]))
MIRRORS = st.builds(
    lambda location, use: Mirror(location=location, use=use), LOCATION, st.sampled_from(list(MirrorUse))
)
RULES = st.builds(
    lambda prefix, location, mirrors: RegistryRule(prefix=prefix, location=location, mirrors=tuple(mirrors)),
    PREFIX,
    LOCATION,
    st.lists(MIRRORS, max_size=3),
)
CONFS = st.lists(RULES, max_size=5, unique_by=lambda rule: rule.prefix).map(
    lambda rules: RegistriesConf(rules=tuple(rules))
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.text(max_size=5), st.just("reject"), st.just("signedBy")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["default", "transports", "type", "keyPath", "keyType", "docker", ""]), inner
        ),
    ),
    max_leaves=12,
)


def places_of(conf: RegistriesConf, reference: Reference) -> tuple[PullSource, ...]:
    """Return the places, where every location leads to a name."""
    try:
        return conf.pull_sources(reference)
    except InvalidSettings as error:
        assert "location" in error.key
        reject()


def matches(prefix: str, name: str) -> bool:
    """Say in other words which names a prefix is for."""
    if prefix.startswith("*."):
        host = name.partition("/")[0].partition(":")[0]
        return host.endswith(prefix[1:]) and host.index(prefix[1:]) + len(prefix) - 1 == len(host)
    return name == prefix or any(name.startswith(f"{prefix}{separator}") for separator in "/:@")


@given(CONFS, REFERENCES)
def test_the_longest_matching_prefix_decides(conf: RegistriesConf, reference: Reference) -> None:
    fitting = [rule.prefix for rule in conf.rules if matches(rule.prefix, str(reference))]
    rule = conf.rule_for(str(reference))
    assert (rule is None) == (not fitting)
    if rule is not None:
        assert len(rule.prefix) == max(map(len, fitting))


@given(CONFS, REFERENCES)
def test_every_place_keeps_what_is_asked_for(conf: RegistriesConf, reference: Reference) -> None:
    *mirrors, primary = places_of(conf, reference)
    assert not primary.is_mirror
    assert all(mirror.is_mirror for mirror in mirrors)
    for place in (*mirrors, primary):
        assert (place.reference.tag, place.reference.digest) == (reference.tag, reference.digest)


@given(CONFS, REFERENCES)
def test_mirrors_are_asked_in_their_order_and_by_their_use(
    conf: RegistriesConf, reference: Reference
) -> None:
    rule = conf.rule_for(str(reference))
    wanted = [] if rule is None else [each for each in rule.mirrors if each.use.serves(reference)]
    places = places_of(conf, reference)[:-1]
    assert len(places) == len(wanted)
    for place, mirror in zip(places, wanted, strict=True):
        assert place.reference.name.startswith(mirror.location)
    assert len(conf.as_named().pull_sources(reference)) == 1


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_nothing_but_an_error_of_ours_comes_of_rubbish(raw: bytes) -> None:
    for parse in (parse_registries, parse_policy):
        with contextlib.suppress(InvalidSettings):
            parse(raw, path="/etc/x")


@given(JSON)
def test_a_policy_is_understood_or_refused_with_its_file(document: object) -> None:
    try:
        policy = parse_policy(json.dumps(document).encode(), path="/etc/p")
    except InvalidSettings as error:
        assert error.path == "/etc/p"
        assert str(error).startswith("/etc/p")
    else:
        assert policy.default


@given(st.lists(st.sampled_from(["a.io", "b.io", "c.io"]), max_size=3), st.booleans())
def test_reading_a_file_twice_changes_nothing(hosts: list[str], blocked: bool) -> None:
    entry = f"blocked = {str(blocked).lower()}\n"
    text = "".join(f'[[registry]]\nlocation = "{host}"\n{entry}' for host in hosts)
    file = parse_registries(text.encode(), path="/etc/r")
    assert merged([file, file]).rules == merged([file]).rules
    assert [rule.prefix for rule in merged([file]).rules] == sorted(set(hosts))


@given(REFERENCES)
def test_scopes_narrow_down(reference: Reference) -> None:
    scopes = scopes_of_reference(reference)
    names = [scope for scope in scopes if not scope.startswith("*.")]
    assert names[-1] == reference.registry
    for narrow, wide in pairwise(names[-1 - len(reference.repository.split("/")) :]):
        assert narrow.rpartition("/")[0] == wide
    assert all(reference.registry.endswith(scope[1:]) for scope in scopes[len(names) :])


@given(PATH, TARGET, st.lists(HOST, max_size=3, unique=True))
def test_candidates_of_a_short_name_keep_what_is_asked_for(
    path: str, target: tuple[str | None, Digest | None], hosts: list[str]
) -> None:
    tag, digest = target
    name = f"{path}{f':{tag}' if tag else ''}{f'@{digest}' if digest else ''}"
    found = resolve_short_name(name, RegistriesConf(search_registries=tuple(hosts)))
    candidates = () if found is None else found.candidates
    assert [candidate.registry for candidate in candidates] == hosts
    assert all((each.tag, each.digest, each.repository) == (tag, digest, path) for each in candidates)
