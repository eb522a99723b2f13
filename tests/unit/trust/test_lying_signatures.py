"""Every way in which a signature of cosign's kind can lie, each held against what somebody trusts."""

from __future__ import annotations

import pytest

from oci.settings.policy import MatchRepoDigestOrExact
from oci.spec import Descriptor, Reference, parse_document
from oci.spec.manifest import Manifest
from oci.testing import build_image
from oci.trust import Proof, Refusal, Signature, Subject
from oci.trust.attachment import Attached
from oci.trust.certificate.authority import Authority
from oci.trust.certificate.identity import SignerIdentity
from oci.trust.cosign.certificate_verifier import CertificateVerifier
from oci.trust.cosign.claim import Claim
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.layer import MEDIA_TYPE, signature_in
from oci.trust.key.public import PublicKey
from oci.trust.log.trusted import logs_with
from oci.trust.witness import Witnesses
from tests.fixture_script import fixture_script

lying = fixture_script("lying-signatures")
CASES = {case.name: case for case in lying.cases()}
CLAIM = Claim(rule=MatchRepoDigestOrExact())
SUBJECT = Subject.of(lying.IMAGE, Reference.parse(lying.NAME))


def key_of(private: object) -> PublicKey:
    return PublicKey.parse(lying.spki(private, lying.PEM), where="test")


def verifier_for(trust: str, *, needs_log: bool) -> KeyVerifier | CertificateVerifier:
    witnesses = Witnesses(logs=logs_with([key_of(lying.LOG)]))
    if trust == lying.KEY:
        keys = (TrustedKey(name="k", key=key_of(lying.TRUSTED)),)
        return KeyVerifier(keys=keys, claim=CLAIM, witnesses=witnesses if needs_log else Witnesses())
    is_fulcio = trust == lying.FULCIO
    return CertificateVerifier(
        authorities=(Authority(anchors=(lying.ROOT_CERTIFICATE,)),),
        identity=SignerIdentity(email=lying.EMAIL, issuer=lying.ISSUER if is_fulcio else ""),
        claim=CLAIM,
        witnesses=witnesses if is_fulcio else Witnesses(),
        clock=lambda: lying.NOW,
    )


def attached(payload: bytes, annotations: dict[str, str], media_type: str = MEDIA_TYPE) -> Attached:
    bare = Descriptor.of(payload, media_type)
    layer = Descriptor(bare.media_type, bare.digest, bare.size, annotations=annotations)
    manifest = parse_document(build_image([]).raw)
    assert isinstance(manifest, Manifest)
    return Attached(layer=layer, content=payload, manifest=manifest, found_at="here")


def outcome(name: str) -> Proof | Refusal:
    case = CASES[name]
    found = signature_in(attached(case.payload, case.annotations))
    if isinstance(found, Refusal):
        return found
    return verifier_for(case.trust, needs_log=case.needs_log).verify(found, SUBJECT)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.fault != lying.GOOD])
def test_what_lies_proves_nothing_for_its_own_fault(name: str) -> None:
    found = outcome(name)
    assert isinstance(found, Refusal)
    assert found.fault.value == CASES[name].fault, found.reason


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.fault == lying.GOOD])
def test_what_is_good_is_proved(name: str) -> None:
    found = outcome(name)
    assert isinstance(found, Proof), found
    assert (str(found.digest), found.identity) == (lying.DIGEST, lying.NAME)
    if "key" not in name and "certificate" in name:
        assert (found.made_s, found.clock) == (lying.NOW, "log")
        assert found.signer == f"{lying.EMAIL} ({lying.ISSUER})"


def test_the_cases_are_written_the_same_every_time() -> None:
    again = {case.name: case for case in lying.cases()}
    stable = [name for name, case in CASES.items() if case.trust == lying.KEY and "certificate" not in name]
    assert len(stable) > 30
    for name in stable:
        assert again[name].annotations == CASES[name].annotations, name


def test_a_layer_of_another_type_is_no_signature() -> None:
    good = CASES["good"]
    found = signature_in(attached(good.payload, good.annotations, "application/octet-stream"))
    assert isinstance(found, Refusal)
    assert isinstance(signature_in(attached(good.payload, good.annotations)), Signature)


def test_what_is_larger_than_a_signature_is_not_looked_at() -> None:
    good = CASES["good"]
    for name in good.annotations:
        assert isinstance(signature_in(attached(good.payload, {name: "A" * (1024 * 1024 + 4)})), Refusal)
    assert isinstance(signature_in(attached(b" " * (1024 * 1024 + 1), good.annotations)), Refusal)


def test_annotations_can_be_asked_for() -> None:
    case = CASES["good-optional-annotations"]
    found = signature_in(attached(case.payload, case.annotations))
    assert isinstance(found, Signature)
    keys = (TrustedKey(name="k", key=key_of(lying.TRUSTED)),)
    for wanted, is_good in (({"who": "me"}, True), ({"who": "you"}, False), ({"absent": ""}, False)):
        claim = Claim(rule=None, annotations=wanted)
        assert isinstance(KeyVerifier(keys=keys, claim=claim).verify(found, SUBJECT), Proof) is is_good


def test_any_of_several_keys_will_do_and_the_proof_says_which() -> None:
    case = CASES["good"]
    found = signature_in(attached(case.payload, case.annotations))
    assert isinstance(found, Signature)
    keys = tuple(
        TrustedKey(name=n, key=key_of(k)) for n, k in (("other", lying.OTHER), ("it", lying.TRUSTED))
    )
    proof = KeyVerifier(keys=keys, claim=CLAIM).verify(found, SUBJECT)
    assert isinstance(proof, Proof)
    assert (proof.signer, proof.key) == ("it", key_of(lying.TRUSTED).fingerprint)
