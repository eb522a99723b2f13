"""Trust policies: what the specification shows is read, and what breaks a rule makes the file invalid."""

from __future__ import annotations

import json
from typing import Any

import pytest

from oci.errors import Forbidden, InvalidSettings
from oci.trust.notation.trust_policy import MAX_BYTES, Action, NamedStore, Validation, parse_trust_policy

GOOD = {
    "name": "images",
    "registryScopes": ["registry.acme.example/software/net-monitor"],
    "signatureVerification": {"level": "strict"},
    "trustStores": ["ca:acme", "tsa:clock"],
    "trustedIdentities": [
        "x509.subject: C=US, ST=WA, L=Seattle, O=acme.example, OU=Finance, CN=SecureBuilder",
        "x509.subject: C=US, ST=WA, O=wabbit.example",
    ],
}
UNSIGNED = {
    "name": "unsigned",
    "registryScopes": ["registry.acme.example/unsigned"],
    "signatureVerification": {"level": "skip"},
}


def parse(*statements: object, **document: object) -> Any:
    whole = {"version": "1.0", "trustPolicies": list(statements), **document}
    return parse_trust_policy(json.dumps(whole).encode(), path="p")


def test_a_statement_is_read() -> None:
    (found,) = parse(GOOD).statements
    assert found.stores == (NamedStore("ca", "acme"), NamedStore("tsa", "clock"))
    assert found.identities[1] == {"C": "US", "ST": "WA", "O": "wabbit.example"}
    assert found.identities[0]["CN"] == "SecureBuilder"
    assert set(found.actions.values()) == {Action.ENFORCE}
    assert found.timestamps_always and not found.skips


def test_the_statement_of_a_repository_comes_before_that_of_all() -> None:
    everything = {**GOOD, "name": "all", "registryScopes": ["*"]}
    policy = parse(everything, GOOD)
    assert policy.statement_for("registry.acme.example/software/net-monitor").name == "images"
    assert policy.statement_for("registry.acme.example/software/net-monitor/x").name == "all"
    with pytest.raises(Forbidden):
        parse(GOOD).statement_for("registry.acme.example/software")


@pytest.mark.parametrize(
    ("level", "logged"),
    [
        ("strict", ()),
        ("permissive", ("authenticTimestamp", "expiry", "revocation")),
        ("audit", ("authenticity", "authenticTimestamp", "expiry", "revocation")),
    ],
)
def test_levels_enforce_or_log(level: str, logged: tuple[str, ...]) -> None:
    (found,) = parse({**GOOD, "signatureVerification": {"level": level}}).statements
    assert {each.value for each, action in found.actions.items() if action is Action.LOG} == set(logged)


def test_a_level_can_be_overridden() -> None:
    verification = {
        "level": "strict",
        "override": {"expiry": "log", "revocation": "skip"},
        "verifyTimestamp": "afterCertExpiry",
    }
    (found,) = parse({**GOOD, "signatureVerification": verification}).statements
    assert found.actions[Validation.EXPIRY] is Action.LOG
    assert found.actions[Validation.REVOCATION] is Action.SKIP
    assert found.actions[Validation.AUTHENTICITY] is Action.ENFORCE
    assert not found.timestamps_always


def test_skipping_needs_nobody() -> None:
    (found,) = parse(UNSIGNED).statements
    assert found.skips and found.stores == ()


def test_everybody_can_be_trusted() -> None:
    (found,) = parse({**GOOD, "trustedIdentities": ["*"]}).statements
    assert found.identities is None


SUBJECT = "x509.subject: C=US, ST=WA, O=acme"
DEFECTS: dict[str, tuple[dict[str, object], str]] = {
    "overlapping-identities": ({"trustedIdentities": [f"{SUBJECT}, OU=org1", SUBJECT]}, "overlap"),
    "the-same-identity-twice": ({"trustedIdentities": [SUBJECT, SUBJECT]}, "overlap"),
    "everybody-and-somebody": ({"trustedIdentities": ["*", SUBJECT]}, "besides others"),
    "identity-without-a-state": ({"trustedIdentities": ["x509.subject: C=US, O=acme"]}, "has no ST"),
    "identity-without-a-kind": ({"trustedIdentities": ["C=US, ST=WA, O=acme"]}, "x509.subject: NAME"),
    "identity-of-another-kind": ({"trustedIdentities": ["did: C=US, ST=WA, O=acme"]}, "x509.subject"),
    "identity-with-an-attribute-twice": ({"trustedIdentities": [f"{SUBJECT}, O=evil"]}, "has O twice"),
    "identity-with-two-in-one": ({"trustedIdentities": [f"{SUBJECT}+OU=x"]}, "several attributes"),
    "identity-in-hexadecimal": ({"trustedIdentities": [f"{SUBJECT}, CN=#0401"]}, "hexadecimal"),
    "identity-that-is-no-name": ({"trustedIdentities": ["x509.subject: acme"]}, "no distinguished name"),
    "no-identities": ({"trustedIdentities": []}, "at least one"),
    "store-that-climbs": ({"trustStores": ["ca:.."]}, "KIND:NAME"),
    "store-with-a-slash": ({"trustStores": ["ca:a/b"]}, "KIND:NAME"),
    "store-of-another-kind": ({"trustStores": ["pgp:acme"]}, "KIND:NAME"),
    "no-stores": ({"trustStores": []}, "at least one"),
    "scope-with-a-wildcard": ({"registryScopes": ["acme.example/*"]}, "no whole repository"),
    "scope-that-would-be-expanded": ({"registryScopes": ["registry"]}, "no whole repository"),
    "scope-with-a-tag": ({"registryScopes": ["acme.example/a:1"]}, "no whole repository"),
    "all-scopes-and-one": ({"registryScopes": ["*", "acme.example/a"]}, "besides others"),
    "no-scopes": ({"registryScopes": []}, "at least one"),
    "unknown-level": ({"signatureVerification": {"level": "lax"}}, "one of strict"),
    "integrity-overridden": (
        {"signatureVerification": {"level": "strict", "override": {"integrity": "log"}}},
        "cannot be overridden",
    ),
    "authenticity-skipped": (
        {"signatureVerification": {"level": "strict", "override": {"authenticity": "skip"}}},
        "cannot be skipped",
    ),
    "unknown-override": (
        {"signatureVerification": {"level": "strict", "override": {"identity": "log"}}},
        "no validation",
    ),
    "unknown-verify-timestamp": (
        {"signatureVerification": {"level": "strict", "verifyTimestamp": "never"}},
        "always or afterCertExpiry",
    ),
    "unknown-member": ({"signatureVerifications": {}}, "not known here"),
    "all-skipped": (
        {**UNSIGNED, "registryScopes": ["*"], "trustStores": None, "trustedIdentities": None},
        "cannot be everything",
    ),
    "skipped-and-trusted": ({"signatureVerification": {"level": "skip"}}, "nobody can be trusted"),
    "skipped-and-overridden": (
        {"signatureVerification": {"level": "skip", "override": {"expiry": "log"}}},
        "cannot stand",
    ),
    "nameless": ({"name": ""}, "not empty"),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_what_breaks_a_rule_makes_the_policy_invalid(name: str) -> None:
    changes, says = DEFECTS[name]
    members = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    with pytest.raises(InvalidSettings, match=says):
        parse(members)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"{", "JSON"),
        (b'{"version": "1.0", "version": "1.0", "trustPolicies": []}', "twice"),
        (b'{"version": "2.0", "trustPolicies": []}', "1.0 is understood"),
        (b'{"version": "1.0", "trustPolicies": []}', "at least one statement"),
        (b" " * (MAX_BYTES + 1), "larger"),
    ],
)
def test_what_is_no_policy_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(InvalidSettings, match=says):
        parse_trust_policy(raw, path="p")


def test_two_statements_for_one_repository_or_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidSettings, match="several statements have the name"):
        parse(GOOD, {**GOOD, "registryScopes": ["*"]})
    with pytest.raises(InvalidSettings, match="several statements are for"):
        parse(GOOD, {**GOOD, "name": "other"})
