"""Statements, bundles and logs: every way in which they can be about something else."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from oci.errors import InvalidDocument, NotVerified
from oci.trust import Family, Proof, Refusal, Subject
from oci.trust.bundle.claim import StatementClaim
from oci.trust.bundle.document import MEDIA_TYPE, encode, is_bundle, signature_in_bundle
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.dsse import IN_TOTO, Envelope, kind_in, payload_in
from oci.trust.key.private import PrivateKey
from oci.trust.log.proof import InclusionProof
from oci.trust.log.trusted import logs_with
from oci.trust.statement import SIGNED
from oci.trust.statement import encode as statement
from oci.trust.witness import Witnesses

KEY, OTHER, LOG, OTHER_LOG = (
    PrivateKey.of(ec.derive_private_key(number, ec.SECP256R1()), where="k") for number in range(1, 5)
)
SUBJECT = Subject.of(b"the image")
OTHER_THING = {"digest": {"sha256": "0" * 64}}
NOW = 1_790_000_000
HINT = bytes.fromhex(KEY.public.fingerprint)
VERIFIER = KeyVerifier(
    keys=(TrustedKey(name="k", key=KEY.public),), claim=StatementClaim(), family=Family.BUNDLE
)


def envelope(payload: bytes | None = None, kind: str = IN_TOTO, key: PrivateKey = KEY) -> Envelope:
    return Envelope.sign(kind, payload or statement(SUBJECT.digest, SIGNED, {}), key.sign)


def changed(found: Envelope, **members: Any) -> bytes:
    return json.dumps({**json.loads(encode(found, HINT)), **members}).encode()


def outcome(raw: bytes, verifier: KeyVerifier = VERIFIER) -> Proof | Refusal:
    return verifier.verify(signature_in_bundle(raw, found_at="here"), SUBJECT)


def faults(raw: bytes, verifier: KeyVerifier = VERIFIER) -> str:
    found = outcome(raw, verifier)
    return found.fault.value if isinstance(found, Refusal) else "good"


def said(**members: Any) -> bytes:
    return json.dumps({**json.loads(statement(SUBJECT.digest, SIGNED, {})), **members}).encode()


# ── envelopes and statements ──


def test_what_is_signed_is_read_back_and_nothing_that_only_looks_like_it() -> None:
    found = envelope(b"pay load", "a kind")
    assert (payload_in(found.signed_content), kind_in(found.signed_content)) == (b"pay load", "a kind")
    for content in (
        b"",
        b"DSSEv1 1 a 1 ",
        b"DSSEv1 1 a 1 bc",
        b"DSSEv1 2 a 1 b",
        b"DSSEv1 01 a 1 b",
        b"DSSEv1 1 a 1 b\n",
        b"DSSEv1 -1 a 1 b",
        b"DSSEv2 1 a 1 b",
    ):
        assert payload_in(content) is None, content


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        (said(), "good"),
        (said(_type="https://in-toto.io/Statement/v0.1"), "good"),
        (said(subject=[OTHER_THING, {"digest": {"sha256": SUBJECT.digest.encoded}}]), "good"),
        (said(subject=[OTHER_THING]), "other image"),
        (said(subject=[{"digest": {"md5": SUBJECT.digest.encoded}}]), "other image"),
        (said(subject=[{"digest": {"sha256": SUBJECT.digest.encoded[:-1]}}]), "other image"),
        (said(subject=[{"digest": {"sha256": SUBJECT.digest.encoded.upper()}}]), "other image"),
        (said(subject=[{"digest": {"sha256": SUBJECT.digest.encoded, "sha512": "0" * 128}}]), "other image"),
        (said(subject=[{"name": "the image"}]), "other image"),
        (said(subject=[]), "malformed"),
        (said(subject=[{"digest": {}}] * 1025), "malformed"),
        (said(_type="https://in-toto.io/Statement/v2"), "malformed"),
        (said(predicateType="https://spdx.dev/Document"), "other claim"),
        (b'{"_type":1,"_type":2}', "malformed"),
        (b"[]", "malformed"),
    ],
)  # fmt: skip
def test_a_statement_has_to_be_about_the_image(payload: bytes, fault: str) -> None:
    assert faults(encode(envelope(payload), HINT)) == fault


def test_an_envelope_of_something_else_is_no_statement() -> None:
    assert faults(encode(envelope(kind="application/json"), HINT)) == "malformed"
    assert faults(encode(envelope(key=OTHER), HINT)) == "wrong key"
    good = envelope()
    moved = Envelope(kind="application/other", payload=good.payload, signatures=good.signatures)
    assert faults(encode(moved, HINT)) == "wrong key"


# ── bundles ──


@pytest.mark.parametrize(
    "media_type",
    [MEDIA_TYPE, *(f"application/vnd.dev.sigstore.bundle+json;version=0.{n}" for n in (1, 2, 3))],
)
def test_all_versions_of_bundles_are_read(media_type: str) -> None:
    assert is_bundle(media_type)
    assert faults(changed(envelope(), mediaType=media_type)) == "good"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        changed(envelope(), mediaType="application/vnd.dev.sigstore.bundle.v0.4+json"),
        changed(envelope(), mediaType=None),
        changed(envelope(), dsseEnvelope=None),
        changed(envelope(), messageSignature={}),
        changed(envelope(), verificationMaterial={}),
        changed(envelope(), verificationMaterial={"publicKey": {}, "certificate": {}}),
        changed(envelope(), verificationMaterial={"certificate": {"rawBytes": "%"}}),
        changed(envelope(), verificationMaterial={"x509CertificateChain": {"certificates": []}}),
        changed(envelope(), verificationMaterial={"publicKey": {}, "tlogEntries": [{}] * 9}),
        changed(envelope(), dsseEnvelope={"payload": "", "payloadType": "", "signatures": []}),
        changed(envelope(), dsseEnvelope={**envelope().to_json(), "signatures": [{"sig": "AA=="}] * 2}),
        changed(envelope(), dsseEnvelope={**envelope().to_json(), "payload": "%"}),
    ],
)
def test_what_is_no_bundle_about_an_image_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidDocument):
        signature_in_bundle(raw, found_at="here")


# ── logs ──


def compact(members: dict[str, Any]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def tree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(leaves[:split]) + tree(leaves[split:])).digest()


def path(leaves: list[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*path(leaves[:split], index), tree(leaves[split:])]
    return [*path(leaves[split:], index - split), tree(leaves[:split])]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
def test_a_proof_holds_for_its_entry_in_its_tree_at_its_place_only(size: int) -> None:
    leaves = [b"entry %d" % number for number in range(size)]
    for index, leaf in enumerate(leaves):
        values: dict[str, Any] = {
            "index": index, "size": size, "root": tree(leaves), "hashes": tuple(path(leaves, index))
        }  # fmt: skip
        InclusionProof(**values).check(leaf)
        for lie, body in (
            ({}, b"other"),
            ({"index": index + 1}, leaf),
            ({"index": -1}, leaf),
            ({"size": size * 2}, leaf),
            ({"size": 0}, leaf),
            ({"root": tree([*leaves, b"more"])}, leaf),
            ({"hashes": (*values["hashes"], bytes(32))}, leaf),
            ({"hashes": (bytes(31),)}, leaf),
            ({"hashes": (bytes(32),) * 65}, leaf),
        ):
            with pytest.raises(NotVerified):
                InclusionProof(**{**values, **lie}).check(body)


def text(data: bytes) -> str:
    return b64encode(data).decode()


def body_of(found: Envelope, key: PrivateKey = KEY, kind: str = "dsse") -> bytes:
    digest = hashlib.sha256(found.payload).digest()
    pem = text(key.public.pem)
    bodies = {
        "dsse": ("dsse", "0.0.1", {
            "payloadHash": {"algorithm": "sha256", "value": digest.hex()},
            "signatures": [{"signature": text(found.signatures[0]), "verifier": pem}],
        }),
        "intoto": ("intoto", "0.0.2", {"content": {
            "payloadHash": {"algorithm": "sha256", "value": digest.hex()},
            "envelope": {"signatures": [
                {"sig": text(text(found.signatures[0]).encode()), "publicKey": pem}
            ]},
        }}),
        "dsse2": ("dsse", "0.0.2", {"dsseV002": {
            "payloadHash": {"algorithm": "SHA2_256", "digest": text(digest)},
            "signatures": [{
                "content": text(found.signatures[0]),
                "verifier": {"publicKey": {"rawBytes": text(key.public.spki)}},
            }],
        }}),
        "hashedrekord2": ("hashedrekord", "0.0.2", {"hashedRekordV002": {
            "data": {
                "algorithm": "SHA2_256", "digest": text(hashlib.sha256(found.signed_content).digest())
            },
            "signature": {
                "content": text(found.signatures[0]),
                "verifier": {"publicKey": {"rawBytes": text(key.public.spki)}},
            },
        }}),
        "other": ("helm", "0.0.1", {}),
    }  # fmt: skip
    name, version, spec = bodies[kind]
    return json.dumps({"apiVersion": version, "kind": name, "spec": spec}).encode()


def entry(
    body: bytes, log: PrivateKey = LOG, *, signer: PrivateKey | None = None, **lies: Any
) -> dict[str, Any]:
    """Return an entry with promise, proof and checkpoint; ``lies`` change what the proof is about."""
    log_id = bytes.fromhex(log.public.fingerprint)
    promised = {"body": text(body), "integratedTime": NOW, "logID": log_id.hex(), "logIndex": 2}
    leaves = [b"a", b"b", lies.get("leaf", body), b"c"]
    root = tree(leaves)
    note = f"rekor.example - 1\n{lies.get('said_size', 4)}\n{text(lies.get('said_root', root))}\n"
    sealed = text(log_id[:4] + (signer or log).sign(note.encode()))
    return {
        "logIndex": "2",
        "logId": {"keyId": text(log_id)},
        "integratedTime": str(NOW),
        "inclusionPromise": {
            "signedEntryTimestamp": text((signer or log).sign(compact(promised)))
        },
        "inclusionProof": {
            "logIndex": "2",
            "treeSize": "4",
            "rootHash": text(root),
            "hashes": [text(each) for each in path(leaves, 2)],
            "checkpoint": {"envelope": f"{note}\n\u2014 rekor.example {sealed}\n"},
        },
        "canonicalizedBody": text(body),
    }  # fmt: skip


LOGGED = KeyVerifier(
    keys=VERIFIER.keys,
    claim=StatementClaim(),
    witnesses=Witnesses(logs=logs_with([LOG.public])),
    family=Family.BUNDLE,
)
GOOD = envelope()


def logged(*entries: dict[str, Any]) -> bytes:
    return changed(GOOD, verificationMaterial={"publicKey": {"hint": ""}, "tlogEntries": list(entries)})


def without(found: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in names}


@pytest.mark.parametrize("kind", ["dsse", "intoto", "dsse2", "hashedrekord2"])
def test_what_a_log_has_recorded_is_proved_with_its_time(kind: str) -> None:
    found = outcome(logged(entry(body_of(GOOD, kind=kind))), LOGGED)
    assert isinstance(found, Proof), found
    assert (found.made_s, found.clock) == (NOW, "log")


def test_a_proof_without_a_promise_shows_that_it_is_recorded_and_not_when() -> None:
    found = outcome(logged(without(entry(body_of(GOOD)), "inclusionPromise", "integratedTime")), LOGGED)
    assert isinstance(found, Proof), found
    assert found.made_s is None


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ([], "unrecorded"),
        ([entry(body_of(GOOD))] * 2, "unrecorded"),
        ([without(entry(body_of(GOOD)), "inclusionPromise", "inclusionProof")], "unrecorded"),
        ([entry(body_of(GOOD), OTHER_LOG)], "unrecorded"),
        ([entry(body_of(GOOD), signer=OTHER_LOG)], "unrecorded"),
        ([without(entry(body_of(GOOD), signer=OTHER_LOG), "inclusionPromise")], "unrecorded"),
        ([entry(body_of(GOOD), leaf=b"another entry")], "unrecorded"),
        ([entry(body_of(GOOD), said_size=5)], "unrecorded"),
        ([entry(body_of(GOOD), said_root=bytes(32))], "unrecorded"),
        ([{**entry(body_of(GOOD)), "integratedTime": str(NOW - 1)}], "unrecorded"),
        ([{**entry(body_of(GOOD)), "canonicalizedBody": text(body_of(GOOD) + b" ")}], "unrecorded"),
        ([entry(body_of(envelope(said(x=1))))], "unrecorded"),
        ([entry(body_of(GOOD, OTHER))], "unrecorded"),
        ([entry(body_of(GOOD, kind="other"))], "unrecorded"),
        ([{**entry(body_of(GOOD)), "logIndex": "-2"}], "malformed"),
        ([{**entry(body_of(GOOD)), "logIndex": True}], "malformed"),
        ([entry(b"{}")], "unrecorded"),
        ([entry(b"rubbish")], "malformed"),
    ],
)
def test_a_log_s_entry_has_to_be_about_this_signature_and_in_its_tree(
    entries: list[dict[str, Any]], fault: str
) -> None:
    assert faults(logged(*entries), LOGGED) == fault
