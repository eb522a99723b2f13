"""``digestOnlySigned`` in a policy: every member, and what is refused."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from oci.errors import InvalidSettings
from oci.settings.name_pattern import MAX_NAME, MAX_PATTERN, fault_of_pattern, matches_whole
from oci.settings.policy import CertificateOf, DigestOnlySigned, Keys
from oci.settings.policy_file import parse_policy

DATA = b64encode(b"x").decode()
WHO = {"subject": "a@b.example", "oidcIssuer": "https://i.example"}


def parsed(**members: object) -> object:
    item = {"type": "digestOnlySigned", **members}
    (found,) = parse_policy(json.dumps({"default": [item]}).encode(), path="policy.json").default
    return found


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"keyPath": "/k"}, DigestOnlySigned(signer=Keys(paths=("/k",)))),
        ({"keyPaths": ["/k", "/l"]}, DigestOnlySigned(signer=Keys(paths=("/k", "/l")))),
        ({"keyDatas": [DATA]}, DigestOnlySigned(signer=Keys(data=(b"x",)))),
        (
            {"keyData": DATA, "trustedRootPath": "/r"},
            DigestOnlySigned(signer=Keys(data=(b"x",)), trusted_root=Keys(paths=("/r",))),
        ),
        (
            {"certificate": WHO, "trustedRootData": DATA},
            DigestOnlySigned(
                signer=CertificateOf(subject="a@b.example", issuer="https://i.example"),
                trusted_root=Keys(data=(b"x",)),
            ),
        ),
        (
            {"certificate": {"subjectRegexp": ".*@b", "oidcIssuerRegexp": "h.*"}, "trustedRootPath": "/r"},
            DigestOnlySigned(
                signer=CertificateOf(subject_pattern=".*@b", issuer_pattern="h.*"),
                trusted_root=Keys(paths=("/r",)),
            ),
        ),
    ],
)
def test_what_it_may_say(members: dict[str, object], expected: DigestOnlySigned) -> None:
    assert parsed(**members) == expected


@pytest.mark.parametrize(
    ("members", "key"),
    [
        ({}, "keyPath"),
        ({"keyPath": "/k", "keyData": DATA}, "keyData"),
        ({"keyPath": "/k", "certificate": WHO, "trustedRootPath": "/r"}, "certificate"),
        ({"certificate": WHO}, "trustedRootPath"),
        ({"keyPath": "/k", "trustedRootPath": "/r", "trustedRootData": DATA}, "trustedRootData"),
        ({"keyPath": "/k", "signedIdentity": {"type": "matchExact"}}, "signedIdentity"),
        ({"keyPath": "/k", "rekorPublicKeyPath": "/r"}, "rekorPublicKeyPath"),
        ({"certificate": {"subject": "a"}, "trustedRootPath": "/r"}, "oidcIssuer"),
        ({"certificate": {"oidcIssuer": "a"}, "trustedRootPath": "/r"}, "subject"),
        ({"certificate": {**WHO, "subjectRegexp": "a"}, "trustedRootPath": "/r"}, "subjectRegexp"),
        ({"certificate": {**WHO, "email": "a"}, "trustedRootPath": "/r"}, "email"),
        (
            {"certificate": {"subjectRegexp": "(", "oidcIssuer": "i"}, "trustedRootPath": "/r"},
            "subjectRegexp",
        ),
        (
            {"certificate": {"subject": "s", "oidcIssuerRegexp": "a" * 513}, "trustedRootPath": "/r"},
            "oidcIssuerRegexp",
        ),
    ],
)
def test_what_it_must_not_say_names_the_member(members: dict[str, object], key: str) -> None:
    with pytest.raises(InvalidSettings, match=key):
        parsed(**members)


def test_expressions_have_bounds_and_match_from_end_to_end() -> None:
    assert fault_of_pattern("a" * MAX_PATTERN) == ""
    assert fault_of_pattern("a" * (MAX_PATTERN + 1))
    assert matches_whole("a*", "a" * MAX_NAME)
    assert not matches_whole("a*", "a" * (MAX_NAME + 1))
    assert not matches_whole("a", "ab")
