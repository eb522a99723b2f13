"""Trusted roots: read as a whole and strictly, or not at all."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from oci.errors import InvalidSettings
from oci.trust.key.public import PublicKey
from oci.trust.log.trusted import TrustedLog
from oci.trust.root.document import MAX_BYTES, MAX_MEMBERS, load_trusted_root
from oci.trust.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from oci.trust.root.trusted_root import TrustedRoot

FOLDER = Path(__file__).parents[3] / "fixtures/sigstore-bundles"
PUBLIC = (FOLDER / "public-good.root.json").read_bytes()
TYPE = "application/vnd.dev.sigstore.trustedroot"
Members = dict[str, Any]


def load(members: object) -> TrustedRoot:
    return load_trusted_root(json.dumps(members).encode(), path="root.json")


def changed(change: Callable[[Members], object]) -> Members:
    members: Members = json.loads(PUBLIC)
    change(members)
    return members


def test_the_public_roots_are_read_with_their_windows() -> None:
    found = load_trusted_root(PUBLIC, path="root.json")
    assert [log.name for log in found.logs] == ["rekor.sigstore.dev", "log2025-1.rekor.sigstore.dev"]
    assert [each.window for each in found.authorities] == [
        Window(begins_s=1615087229.0, ends_s=1672531199.999),
        Window(begins_s=1649880375.0),
    ]
    assert [len(each.between) for each in found.authorities] == [0, 1]
    assert (len(found.certificate_logs), len(found.timestamp_authorities)) == (2, 1)
    staging = load_trusted_root((FOLDER / "staging.root.json").read_bytes(), path="root.json")
    assert len(staging.logs) == 4


@pytest.mark.parametrize(
    ("media_type", "is_known"),
    [
        (f"{TYPE}+json;version=0.1", True),
        (f"{TYPE}+json;version=0.2", True),
        (f"{TYPE}.v0.1+json", True),
        (f"{TYPE}.v0.2+json", True),
        (f"{TYPE}+json;version=0.3", False),
        (f"{TYPE}.v1+json", False),
        (f"{TYPE}+json", False),
        ("application/json", False),
    ],
)
def test_versions(media_type: str, is_known: bool) -> None:
    if is_known:
        assert load({"mediaType": media_type}).logs == ()
    else:
        with pytest.raises(InvalidSettings, match="mediaType"):
            load({"mediaType": media_type})


def _first_key(members: Members) -> Members:
    key: Members = members["tlogs"][0]["publicKey"]
    return key


def _first_authority(members: Members) -> Members:
    authority: Members = members["certificateAuthorities"][0]
    return authority


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda m: m.update(revoked=[]), "revoked"),
        (lambda m: m.pop("mediaType"), "mediaType"),
        (lambda m: m["tlogs"][0].update(other=1), r"tlogs\[0\].other"),
        (lambda m: m["tlogs"][0].update(hashAlgorithm="SHA2_512"), "hashAlgorithm"),
        (lambda m: m["tlogs"].append(m["tlogs"][0]), "publicKey"),
        (lambda m: m.update(tlogs=m["tlogs"] * MAX_MEMBERS), "tlogs"),
        (lambda m: m.update(tlogs={}), "tlogs"),
        (lambda m: m["tlogs"][0].update(logId=m["tlogs"][1]["logId"]), "logId.keyId"),
        (lambda m: _first_key(m).pop("validFor"), "validFor"),
        (lambda m: _first_key(m)["validFor"].pop("start"), "validFor"),
        (lambda m: _first_key(m)["validFor"].update(start="2021-01-12"), "start"),
        (lambda m: _first_key(m)["validFor"].update(start="2021-13-12T11:53:27Z"), "start"),
        (lambda m: _first_key(m)["validFor"].update(end="2020-01-01T00:00:00Z"), "end"),
        (lambda m: _first_key(m).update(keyDetails="PKIX_ED25519"), "keyDetails"),
        (lambda m: _first_key(m).update(keyDetails="PKIX_MADE_UP"), "keyDetails"),
        (lambda m: _first_key(m).update(rawBytes="AAAA"), "rawBytes"),
        (lambda m: _first_key(m).update(rawBytes="*"), "rawBytes"),
        (lambda m: _first_authority(m)["certChain"].update(certificates=[]), "certificates"),
        (lambda m: _first_authority(m)["certChain"]["certificates"][0].update(rawBytes="AA"), "certificates"),
        (lambda m: _first_authority(m)["validFor"].update(until="x"), "until"),
        (lambda m: m["timestampAuthorities"][0].pop("certChain"), "certChain"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_makes_the_whole_file_invalid(
    change: Callable[[Members], object], key: str
) -> None:
    with pytest.raises(InvalidSettings, match=key):
        load(changed(change))


def test_keys_twice_and_files_without_end_are_refused() -> None:
    twice = PUBLIC.replace(b"{", b'{"mediaType":"x",', 1)
    for raw in (twice, b"[]", b"", b" " * (MAX_BYTES + 1)):
        with pytest.raises(InvalidSettings):
            load_trusted_root(raw, path="root.json")


def test_windows_hold_their_ends_to_the_nanosecond() -> None:
    stated = {"start": "2026-06-04T12:43:29.186617431+02:00", "end": "2026-06-04T18:43:29Z"}
    found = load(changed(lambda m: _first_key(m).update(validFor=stated)))
    window = found.logs[0].window
    assert window.begins_s == pytest.approx(1780569809.186617)
    assert window.holds(1780598609.0)
    assert not window.holds(1780598609.001)
    assert not window.holds(1780569809.0)


def spki(key: Any) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    encoded: bytes = key.public_key().public_bytes(serialization.Encoding.DER, form)
    return encoded


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("PKIX_ECDSA_P384_SHA_384", ec.generate_private_key(ec.SECP384R1())),
        ("PKIX_ECDSA_P521_SHA_512", ec.generate_private_key(ec.SECP521R1())),
        ("PKIX_RSA_PKCS1V15_2048_SHA256", rsa.generate_private_key(65537, 2048)),
        ("PKIX_ED25519", ed25519.Ed25519PrivateKey.generate()),
    ],
)
def test_every_kind_of_key_is_read_as_what_it_is(kind: str, key: Any) -> None:
    stated = {
        "rawBytes": base64.b64encode(spki(key)).decode(),
        "keyDetails": kind,
        "validFor": {"start": "2026-01-01T00:00:00Z"},
    }
    log = {"baseUrl": "https://log.example", "hashAlgorithm": "SHA2_256", "publicKey": stated}
    (found,) = load({"mediaType": f"{TYPE}.v0.2+json", "tlogs": [log]}).logs
    assert found == TrustedLog(
        key=PublicKey.of(key.public_key(), where="k"),
        window=Window(begins_s=1767225600.0),
        name="log.example",
    )
    for log_id in found.ids:
        stated_id = {"keyId": base64.b64encode(log_id[:4]).decode()}
        again = load({"mediaType": f"{TYPE}.v0.2+json", "tlogs": [{**log, "checkpointKeyId": stated_id}]})
        assert again.logs == (found,)
    other = {"PKIX_ED25519": "PKIX_ECDSA_P256_SHA_256"}.get(kind, "PKIX_ED25519")
    with pytest.raises(InvalidSettings, match="keyDetails"):
        wrong = {**log, "publicKey": {**stated, "keyDetails": other}}
        load({"mediaType": f"{TYPE}.v0.2+json", "tlogs": [wrong]})
