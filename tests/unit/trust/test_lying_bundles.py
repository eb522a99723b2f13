"""Every way in which a bundle of sigstore can lie, each judged by a trusted root."""

from __future__ import annotations

import json

import pytest

from oci.errors import InvalidDocument
from oci.trust import Family, Proof, Refusal, Subject
from oci.trust.bundle.claim import StatementClaim
from oci.trust.bundle.document import signature_in_bundle
from oci.trust.certificate.identity import SignerIdentity
from oci.trust.cosign.certificate_verifier import CertificateVerifier
from oci.trust.root.document import load_trusted_root
from tests.fixture_script import fixture_script

lying = fixture_script("lying-bundles")
CASES = {case.name: case for case in lying.cases()}


def outcome(name: str, claim: StatementClaim | None = None) -> Proof | Refusal | InvalidDocument:
    case = CASES[name]
    root = load_trusted_root(json.dumps(case.root).encode(), path="root.json")
    verifier = CertificateVerifier(
        authorities=root.authorities,
        identity=SignerIdentity(subject=lying.EMAIL, issuer=lying.ISSUER),
        claim=claim or StatementClaim(),
        witnesses=root.witnesses,
        certificate_logs=root.certificate_logs,
        clock=lambda: pytest.fail("the clock was asked"),
        family=Family.BUNDLE,
    )
    try:
        signature = signature_in_bundle(json.dumps(case.bundle).encode(), found_at=name)
    except InvalidDocument as error:
        return error
    return verifier.verify(signature, Subject.of(lying.IMAGE))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.fault != lying.GOOD])
def test_what_lies_proves_nothing_for_its_own_fault(name: str) -> None:
    found = outcome(name)
    if isinstance(found, InvalidDocument):
        assert CASES[name].fault == "malformed"
    else:
        assert isinstance(found, Refusal)
        assert found.fault.value == CASES[name].fault, found.reason


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.fault == lying.GOOD])
def test_what_is_good_is_proved_with_its_time_and_signer(name: str) -> None:
    found = outcome(name)
    assert isinstance(found, Proof), found
    assert (found.made_s, found.signer) == (lying.NOW, f"{lying.EMAIL} ({lying.ISSUER})")
    stamps = CASES[name].bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    assert found.clock == ("CN=clock" if stamps else "log")


def test_a_signature_of_the_document_attests_nothing() -> None:
    for claim in (
        StatementClaim(predicate_type=""),
        StatementClaim(predicate_type="https://spdx.dev/Document"),
        StatementClaim(annotations={"a": "b"}),
    ):
        found = outcome("good", claim)
        assert isinstance(found, Refusal)
        assert found.fault.value == "other claim"
