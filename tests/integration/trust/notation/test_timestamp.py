"""Timestamps: certificates that have expired since still count where an authority vouches for the time."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from oci.trust import Fault, Proof, Refusal, Signature, Subject
from oci.trust.notation.envelope import COSE, JWS
from oci.trust.notation.trust_store import TrustStore
from oci.trust.notation.verifier import NotationVerifier
from tests.notary import DAY, found, statement, write_store

FILE = Path(__file__).parents[4] / "fixtures/notation-timestamps/signatures.json"
FIXTURE: dict[str, Any] = json.loads(FILE.read_text(encoding="ascii"))
MADE: int = FIXTURE["made_s"]
SUBJECT = Subject.of(b64decode(FIXTURE["image"]))
LATER = MADE + 1000 * DAY
STORES = ["ca:acme", "tsa:clock"]


def signature(name: str, form: str = JWS) -> Signature:
    return found(b64decode(FIXTURE["envelopes"][name]), form)


def verifier(folder: Path, *, now: float = LATER, **changes: object) -> NotationVerifier:
    for kind, name, part in (("ca", "acme", "authority"), ("tsa", "clock", "clock")):
        write_store(folder, kind, name, x509.load_pem_x509_certificate(FIXTURE[part].encode()))
    return NotationVerifier(
        statement(**{"trustStores": STORES, **changes}), TrustStore(folder), clock=lambda: now
    )


@pytest.mark.parametrize(("name", "form"), [("jws", JWS), ("cose", COSE)])
def test_a_timestamp_outlives_the_certificate(name: str, form: str, tmp_path: Path) -> None:
    proof = verifier(tmp_path).verify(signature(name, form), SUBJECT)
    assert isinstance(proof, Proof)
    assert proof.made_s is not None and 0 <= proof.made_s - MADE < 60
    assert proof.clock == "CN=clock,O=clock,C=US"


def test_without_a_trusted_clock_the_certificate_has_expired(tmp_path: Path) -> None:
    outcome = verifier(tmp_path, trustStores=["ca:acme"]).verify(signature("jws"), SUBJECT)
    assert isinstance(outcome, Refusal)
    assert (outcome.fault, "no timestamp counts" in outcome.reason) == (Fault.EXPIRED, True)


def test_a_timestamp_may_be_wanted_only_when_the_certificate_has_expired(tmp_path: Path) -> None:
    late = {"level": "strict", "verifyTimestamp": "afterCertExpiry"}
    bare = signature("no-timestamp")
    in_time = verifier(tmp_path, now=MADE, signatureVerification=late)
    assert isinstance(in_time.verify(bare, SUBJECT), Proof)
    assert isinstance(verifier(tmp_path, now=MADE).verify(bare, SUBJECT), Refusal)
    too_late = verifier(tmp_path, signatureVerification=late)
    assert isinstance(too_late.verify(bare, SUBJECT), Refusal)


@pytest.mark.parametrize(
    ("name", "fault", "says"),
    [
        ("timestamp-of-something-else", Fault.BROKEN, "is for something else"),
        ("timestamp-by-a-stranger", Fault.WRONG_KEY, "none of the roots"),
        ("timestamp-with-sha1", Fault.WEAK, "not safe"),
        ("timestamp-without-certificates", Fault.MALFORMED, "certificate"),
        ("timestamp-with-a-short-key", Fault.WEAK, "1024 bits"),
        ("timestamp-after-the-certificate-had-expired", Fault.EXPIRED, "not valid when it was timestamped"),
        ("timestamp-whose-range-leaves-the-validity", Fault.EXPIRED, "not valid when it was timestamped"),
        ("timestamp-that-is-none", Fault.MALFORMED, "cannot be read"),
        ("timestamp-truncated", Fault.MALFORMED, "cannot be read"),
        ("timestamp-damaged", Fault.BROKEN, "does not hold"),
        ("no-timestamp", Fault.EXPIRED, "a timestamp is wanted"),
    ],
)
def test_a_timestamp_that_lies_is_refused_for_it(name: str, fault: Fault, says: str, tmp_path: Path) -> None:
    outcome = verifier(tmp_path).verify(signature(name), SUBJECT)
    assert isinstance(outcome, Refusal)
    assert (outcome.fault, says in outcome.reason) == (fault, True), outcome.reason


def test_what_a_permissive_policy_logs_of_it_is_a_warning(tmp_path: Path) -> None:
    permissive = verifier(tmp_path, signatureVerification={"level": "permissive"})
    proof = permissive.verify(signature("timestamp-damaged"), SUBJECT)
    assert isinstance(proof, Proof)
    assert (proof.clock, proof.made_s) == ("", MADE)
    assert proof.warnings == ("authenticTimestamp: its timestamp does not hold",)
