"""The grammar of policy.json: everything in it is read, and anything else makes the file invalid."""

from __future__ import annotations

import json

import pytest

from oci.errors import InvalidSettings
from oci.settings import policy as values
from oci.settings.policy_file import MAX_BYTES, parse_policy

PATH = "/etc/containers/policy.json"
ACCEPT = {"type": "insecureAcceptAnything"}
REJECT = {"type": "reject"}
DEFAULT_MATCH = values.MatchRepoDigestOrExact()
FULCIO = {"caPath": "/ca", "oidcIssuer": "https://i", "subjectEmail": "a@b"}
PKI = {"caRootsPath": "/ca", "subjectEmail": "a@b"}


def parse(document: object) -> values.Policy:
    return parse_policy(json.dumps(document).encode(), path=PATH)


def requirement(members: object) -> values.Requirement:
    (found,) = parse({"default": [members]}).default
    return found


def refused(document: object) -> InvalidSettings:
    raw = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(InvalidSettings) as caught:
        parse_policy(raw, path=PATH)
    assert caught.value.path == PATH
    assert caught.value.message.startswith(f"{PATH}: ")
    return caught.value


class TestReading:
    def test_a_whole_policy(self) -> None:
        policy = parse(
            {
                "default": [REJECT],
                "transports": {
                    "docker": {"": [ACCEPT], "r.example/team": [ACCEPT, REJECT]},
                    "dir": {"/data": [ACCEPT], "/Data": [REJECT]},
                    "later": {"anything at all": [ACCEPT]},
                },
            }
        )
        assert policy.default == (values.Reject(),)
        assert policy.transports["docker"]["r.example/team"] == (values.AcceptAnything(), values.Reject())
        assert policy.transports["dir"]["/Data"] == (values.Reject(),)
        assert policy.path == PATH

    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            (ACCEPT, values.AcceptAnything()),
            (REJECT, values.Reject()),
            (
                {"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/k"},
                values.SignedBy(key_type="GPGKeys", keys=values.Keys(paths=("/k",)), identity=DEFAULT_MATCH),
            ),
            (
                {
                    "type": "signedBy",
                    "keyType": "GPGKeys",
                    "keyPaths": ["/k", "/l"],
                    "signedIdentity": {"type": "matchExact"},
                },
                values.SignedBy(
                    key_type="GPGKeys",
                    keys=values.Keys(paths=("/k", "/l")),
                    identity=values.MatchExact(),
                ),
            ),
            (
                {"type": "signedBy", "keyType": "GPGKeys", "keyData": "a2V5"},
                values.SignedBy(key_type="GPGKeys", keys=values.Keys(data=(b"key",)), identity=DEFAULT_MATCH),
            ),
            (
                {"type": "signedBaseLayer", "baseLayerIdentity": {"type": "matchRepository"}},
                values.SignedBaseLayer(identity=values.MatchRepository()),
            ),
            (
                {"type": "sigstoreSigned", "keyDatas": ["a2V5", "bGV5"], "rekorPublicKeyData": "cg=="},
                values.SigstoreSigned(
                    signer=values.Keys(data=(b"key", b"ley")), rekor_keys=values.Keys(data=(b"r",))
                ),
            ),
            (
                {"type": "sigstoreSigned", "fulcio": FULCIO, "rekorPublicKeyPaths": ["/r"]},
                values.SigstoreSigned(
                    signer=values.Fulcio(
                        authorities=values.Keys(paths=("/ca",)), issuer="https://i", subject_email="a@b"
                    ),
                    rekor_keys=values.Keys(paths=("/r",)),
                ),
            ),
            (
                {"type": "notationSigned", "trustPolicyPath": "/p", "trustStorePath": "/s"},
                values.NotationSigned(trust_policy="/p", trust_store="/s"),
            ),
            (
                {
                    "type": "sigstoreSigned",
                    "pki": {"caRootsData": "Y2E=", "caIntermediatesPath": "/i", "subjectHostname": "h"},
                },
                values.SigstoreSigned(
                    signer=values.PublicKeyInfrastructure(
                        roots=values.Keys(data=(b"ca",)),
                        intermediates=values.Keys(paths=("/i",)),
                        subject_hostname="h",
                    )
                ),
            ),
        ],
    )
    def test_every_requirement(self, members: object, expected: values.Requirement) -> None:
        assert requirement(members) == expected

    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            ({"type": "matchExact"}, values.MatchExact()),
            ({"type": "matchRepoDigestOrExact"}, DEFAULT_MATCH),
            ({"type": "matchRepository"}, values.MatchRepository()),
            (
                {"type": "exactReference", "dockerReference": "busybox:1"},
                values.ExactReference("docker.io/library/busybox:1"),
            ),
            (
                {"type": "exactRepository", "dockerRepository": "r.example/app"},
                values.ExactRepository("r.example/app"),
            ),
            (
                {"type": "remapIdentity", "prefix": "m.example:5000", "signedPrefix": "r.example/team"},
                values.RemapIdentity("m.example:5000", "r.example/team"),
            ),
        ],
    )
    def test_every_way_to_compare_names(self, members: object, expected: values.IdentityMatch) -> None:
        found = requirement({"type": "sigstoreSigned", "keyPath": "/k", "signedIdentity": members})
        assert isinstance(found, values.SigstoreSigned)
        assert found.identity == expected


class TestRefusing:
    @pytest.mark.parametrize(
        ("document", "key"),
        [
            ([], ""),
            ({}, "default"),
            ({"default": []}, "default"),
            ({"default": None}, "default"),
            ({"default": [ACCEPT], "defualt": [REJECT]}, "defualt"),
            ({"default": [ACCEPT], "transports": []}, "transports"),
            ({"default": [ACCEPT], "transports": None}, "transports"),
            ({"default": [ACCEPT], "transports": {"docker": []}}, "transports.docker"),
            ({"default": [ACCEPT], "transports": {"docker": {"": []}}}, 'transports.docker.""'),
            ({"default": [ACCEPT], "transports": {"dir": {"data": [ACCEPT]}}}, "transports.dir.data"),
            ({"default": [ACCEPT], "transports": {"oci": {"/": [ACCEPT]}}}, "transports.oci./"),
            ({"default": [ACCEPT], "transports": {"oci": {"/a/../b": [ACCEPT]}}}, "transports.oci./a/../b"),
            ({"default": [ACCEPT], "transports": {"tarball": {"/a": [ACCEPT]}}}, "transports.tarball./a"),
            ({"default": [1]}, "default[0]"),
            ({"default": [{}]}, "default[0].type"),
            ({"default": [ACCEPT, {"type": "signed"}]}, "default[1].type"),
            ({"default": [ACCEPT | {"keyPath": "/k"}]}, "default[0].keyPath"),
        ],
    )
    def test_the_error_names_the_key(self, document: object, key: str) -> None:
        assert refused(document).key == key

    @pytest.mark.parametrize(
        ("members", "key"),
        [
            ({"keyType": "GPGKeys"}, ""),
            ({"keyPath": "/k"}, "keyType"),
            ({"keyType": "PGP", "keyPath": "/k"}, "keyType"),
            ({"keyType": "GPGKeys", "keyPath": "/k", "keyData": "a2V5"}, "keyData"),
            ({"keyType": "GPGKeys", "keyPath": ""}, "keyPath"),
            ({"keyType": "GPGKeys", "keyPath": None}, "keyPath"),
            ({"keyType": "GPGKeys", "keyPaths": []}, "keyPaths"),
            ({"keyType": "GPGKeys", "keyPaths": "/k"}, "keyPaths"),
            ({"keyType": "GPGKeys", "keyData": "?"}, "keyData"),
            ({"keyType": "GPGKeys", "keyPath": "/k", "signedIdentity": "matchExact"}, "signedIdentity"),
            ({"keyType": "GPGKeys", "keyPath": "/k", "signedIdentity": {}}, "signedIdentity.type"),
            (
                {"keyType": "GPGKeys", "keyPath": "/k", "signedIdentity": {"type": "matchExact", "x": 1}},
                "signedIdentity.x",
            ),
            (
                {
                    "keyType": "GPGKeys",
                    "keyPath": "/k",
                    "signedIdentity": {"type": "exactReference", "dockerReference": "busybox"},
                },
                "signedIdentity.dockerReference",
            ),
            (
                {
                    "keyType": "GPGKeys",
                    "keyPath": "/k",
                    "signedIdentity": {"type": "remapIdentity", "prefix": "r.example/X", "signedPrefix": "s"},
                },
                "signedIdentity.prefix",
            ),
        ],
    )
    def test_signed_by(self, members: dict[str, object], key: str) -> None:
        error = refused({"default": [{"type": "signedBy"} | members]})
        assert error.key == (f"default[0].{key}" if key else "default[0]")

    @pytest.mark.parametrize(
        ("members", "key"),
        [
            ({}, ""),
            ({"keyPath": "/k", "keyDatas": ["a2V5"]}, "keyDatas"),
            (
                {"keyPath": "/k", "rekorPublicKeyPath": "/r", "rekorPublicKeyData": "cg=="},
                "rekorPublicKeyData",
            ),
            ({"fulcio": FULCIO}, "rekorPublicKeyPath"),
            ({"fulcio": FULCIO | {"x": 1}, "rekorPublicKeyPath": "/r"}, "fulcio.x"),
            ({"fulcio": FULCIO | {"caData": "Y2E="}, "rekorPublicKeyPath": "/r"}, "fulcio.caData"),
            (
                {"fulcio": {"caPath": "/ca", "oidcIssuer": "i"}, "rekorPublicKeyPath": "/r"},
                "fulcio.subjectEmail",
            ),
            ({"pki": PKI, "rekorPublicKeyPath": "/r"}, "rekorPublicKeyPath"),
            ({"pki": {"caRootsPath": "/ca"}}, "pki.subjectEmail"),
            ({"pki": {"subjectEmail": "a@b"}}, "pki"),
            ({"pki": PKI, "keyPath": "/k"}, "pki"),
        ],
    )
    def test_sigstore_signed(self, members: dict[str, object], key: str) -> None:
        error = refused({"default": [{"type": "sigstoreSigned"} | members]})
        assert error.key == (f"default[0].{key}" if key else "default[0]")

    @pytest.mark.parametrize(
        "raw",
        [
            b'{"default": [{"type": "reject"}], "default": [{"type": "insecureAcceptAnything"}]}',
            b'{"default": [{"type": "reject", "Type": "insecureAcceptAnything"}]}',
            b'{"default": [{"type": "reject"}]} {}',
            b'{"default": [{"type": "reject"}]',
            b"\xef\xbb\xbf{}",
            b"",
            b"[" * 100_000,
        ],
    )
    def test_two_ways_to_read_it_are_one_too_many(self, raw: bytes) -> None:
        refused(raw)

    def test_a_duplicate_is_named(self) -> None:
        assert "'default' appears twice" in refused(b'{"default": 1, "default": 2}').message

    def test_a_policy_has_a_limit(self) -> None:
        text = b'{"default": [{"type": "reject"}]}'
        assert parse_policy(text.ljust(MAX_BYTES), path=PATH).default
        assert "larger than" in refused(text.ljust(MAX_BYTES + 1)).message
