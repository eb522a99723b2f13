"""WWW-Authenticate, as registries and their enemies write it."""

from __future__ import annotations

import pytest

from oci.errors import AddressRefused
from oci.wire.challenge import (
    MAX_CHALLENGES,
    MAX_FIELD,
    BasicChallenge,
    BearerChallenge,
    Challenge,
    best_challenge,
    parse_challenges,
    realm_url,
)


def parse(field: str) -> tuple[Challenge, ...]:
    return parse_challenges({"WWW-Authenticate": field})


@pytest.mark.parametrize(
    ("field", "challenges"),
    [
        (
            'Bearer realm="https://auth.docker.io/token",service="hub",scope="repository:library/alpine:pull"',
            (
                BearerChallenge(
                    "https://auth.docker.io/token", "hub", "repository:library/alpine:pull"
                ),
            ),
        ),
        ('bearer REALM="r" , Error=insufficient_scope', (BearerChallenge("r", error="insufficient_scope"),)),
        ("Bearer realm=https://x/token?a,service=s", (BearerChallenge("https://x/token?a", "s"),)),
        ('Bearer realm="a b", scope="repository:a:pull repository:b:pull"',
         (BearerChallenge("a b", scope="repository:a:pull repository:b:pull"),)),
        (r'Basic realm="say \"hi\" \\ \x"', (BasicChallenge('say "hi" \\ x'),)),
        ('Basic realm=""', (BasicChallenge(""),)),
        ('Negotiate, NTLM, Basic realm="x"', (BasicChallenge("x"),)),
        ('Negotiate a87421000492aa874209af8bc028==, Basic realm="x"', (BasicChallenge("x"),)),
        ('Digest realm="d", nonce="n", Bearer realm="b", Basic realm="x"',
         (BearerChallenge("b"), BasicChallenge("x"))),
        (', ,Basic realm="x",,', (BasicChallenge("x"),)),
        ('Bearer realm = "spaced" , service = "s"', (BearerChallenge("spaced", "s"),)),
        ('Basic realm="a, Bearer realm=b"', (BasicChallenge("a, Bearer realm=b"),)),
    ],
)  # fmt: skip
def test_challenges_are_read(field: str, challenges: tuple[Challenge, ...]) -> None:
    assert parse(field) == challenges


@pytest.mark.parametrize(
    "field",
    [
        "",
        "Bearer",
        'Bearer service="s"',
        'Bearer realm=""',
        'Bearer realm="a", realm="b"',
        'Bearer realm="unclosed',
        'Bearer realm="a\nb"',
        'Bearer realm="a", scope="x\x00"',
        '=, "x", Basic realm="y"',
        "Basic",
        "\u00ff\u00fe",
        'Bearer realm="' + "x" * MAX_FIELD + '"',
    ],
)
def test_what_is_not_clear_is_left_out(field: str) -> None:
    assert parse(field) == ()


def test_no_field_is_no_challenge() -> None:
    assert parse_challenges({}) == ()


def test_the_number_of_challenges_is_bounded() -> None:
    field = ", ".join(f'Basic realm="{n}"' for n in range(MAX_CHALLENGES + 1))
    assert len(parse(field)) == MAX_CHALLENGES


def test_bearer_is_preferred() -> None:
    headers = {"www-authenticate": 'Basic realm="x", Bearer realm="https://a/"'}
    assert best_challenge(headers) == BearerChallenge("https://a/")
    assert best_challenge({"www-authenticate": 'Basic realm="x"'}) == BasicChallenge("x")
    assert best_challenge({}) is None


@pytest.mark.parametrize(
    ("registry", "realm", "url"),
    [
        ("https://r/v2/", "https://auth/token", "https://auth/token"),
        ("http://r/v2/", "http://auth/token", "http://auth/token"),
        ("http://r/v2/", "https://auth/token", "https://auth/token"),
        ("https://r/v2/", "/token?x=y", "https://r/token?x=y"),
    ],
)
def test_a_realm_that_may_be_asked(registry: str, realm: str, url: str) -> None:
    assert realm_url(BearerChallenge(realm), registry) == url


@pytest.mark.parametrize(
    "realm", ["http://auth/token", "https://u:p@auth/", "ftp://auth/", "javascript:x", "https://a b/", ""]
)
def test_a_realm_that_gets_no_credentials(realm: str) -> None:
    with pytest.raises(AddressRefused):
        realm_url(BearerChallenge(realm), "https://registry.example/v2/")
