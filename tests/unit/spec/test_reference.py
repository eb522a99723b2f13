"""References as people write them, and the characters that must not get through."""

from __future__ import annotations

import pytest

from oci.errors import InvalidReference, InvalidValue
from oci.spec import Digest, Reference
from oci.spec.reference import MAX_NAME, check_registry, check_repository, check_tag

DIGEST = Digest("sha256", "a" * 64)


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("alpine", "docker.io/library/alpine"),
        ("alpine:3.20", "docker.io/library/alpine:3.20"),
        ("user/app", "docker.io/user/app"),
        ("docker.io/alpine", "docker.io/library/alpine"),
        ("index.docker.io/user/app", "docker.io/user/app"),
        ("registry-1.docker.io/alpine", "docker.io/library/alpine"),
        ("quay.io/a/b/c:v1", "quay.io/a/b/c:v1"),
        ("localhost/x", "localhost/x"),
        ("localhost:5000/x:y", "localhost:5000/x:y"),
        ("host:5000/x", "host:5000/x"),
        ("[::1]:5000/x", "[::1]:5000/x"),
        ("Registry.Example/x", "Registry.Example/x"),
        ("r.io/a__b/c-d/e.f/g---h", "r.io/a__b/c-d/e.f/g---h"),
        (f"r.io/a@{DIGEST}", f"r.io/a@{DIGEST}"),
        (f"r.io/a:t@{DIGEST}", f"r.io/a:t@{DIGEST}"),
    ],
)
def test_what_is_left_out_is_filled_in(text: str, full: str) -> None:
    reference = Reference.parse(text)
    assert str(reference) == full
    assert Reference.parse(full) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Alpine",
        "a b",
        "r.io/",
        "r.io//a",
        "r.io/a/",
        "/a",
        "r.io/../a",
        "r.io/./a",
        "r.io/a/..",
        "r.io/a:",
        "r.io/a:-x",
        "r.io/a:.x",
        "r.io/a:x/y",
        "r.io/a:x:y",
        "r.io/a:" + "x" * 129,
        "r.io/a@",
        "r.io/a@x",
        f"@{DIGEST}",
        "r.io/a@sha256:../../x",
        "r.io:0/a",
        "r.io:65536/a",
        "r.io:/a",
        "r_x.io/a",
        "-r.io/a",
        "user@r.io/a",
        "http://r.io/a",
        "r.io/a?x",
        "r.io/a#x",
        "r.io/a%2e",
        "r.io/a\n",
        "r.io/\u00e4",
        "r.io/\u0661",
        "r.io/a___b",
        "r.io/a..b",
        "r.io/_a",
    ],
)
def test_what_breaks_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        Reference.parse(text)


def test_a_name_has_a_greatest_length() -> None:
    longest = "r.io/" + "a" * (MAX_NAME - 5)
    assert Reference.parse(longest).name == longest
    with pytest.raises(InvalidReference):
        Reference.parse(longest + "a")


def test_the_digest_decides_and_the_tag_stays() -> None:
    both = Reference.parse(f"r.io/a:t@{DIGEST}")
    assert (both.tag, both.digest, both.target) == ("t", DIGEST, DIGEST)
    assert Reference.parse("r.io/a:t").target == "t"
    assert Reference.parse("r.io/a").target == "latest"


def test_latest_is_added_only_where_nothing_is_said() -> None:
    assert str(Reference.parse("r.io/a").tagged()) == "r.io/a:latest"
    assert str(Reference.parse("r.io/a:t").tagged()) == "r.io/a:t"
    assert Reference.parse(f"r.io/a@{DIGEST}").tagged().tag is None


def test_another_target_in_the_same_repository() -> None:
    reference = Reference.parse(f"r.io/a:t@{DIGEST}")
    assert str(reference.at("u")) == "r.io/a:u"
    assert str(reference.at(DIGEST)) == f"r.io/a@{DIGEST}"
    with pytest.raises(InvalidReference):
        reference.at("../x")


def test_a_reference_cannot_be_made_around_the_check() -> None:
    for registry, repository, tag in [("r.io/x", "a", None), ("r.io", "../a", None), ("r.io", "a", "a/b")]:
        with pytest.raises(InvalidReference):
            Reference(registry, repository, tag)


@pytest.mark.parametrize("host", ["a", "a.b", "a-b.c:1", "127.0.0.1:65535", "[fe80::1]", "[::1]:1"])
def test_hosts(host: str) -> None:
    assert check_registry(host) == host


@pytest.mark.parametrize(
    "host",
    ["", ".", "a.", ".a", "a..b", "-a", "a-", "a:", "a:b", "a:123456", "[]", "::1", "a" * 64, "[::1%eth0]"],
)
def test_what_is_no_host(host: str) -> None:
    with pytest.raises(InvalidReference):
        check_registry(host)


def test_hostile_lengths_are_refused_at_once() -> None:
    for check in (check_registry, check_repository, check_tag):
        with pytest.raises(InvalidReference) as caught:
            check("a-" * 500_000)
        assert len(caught.value.message) < 400
