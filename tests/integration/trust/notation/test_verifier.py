"""Signing and verifying: what is proved, by whom, when; what a trust policy makes of what does not hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from oci.content import MemoryStore
from oci.errors import InvalidSettings, InvalidValue
from oci.spec import Descriptor, Digest
from oci.spec.media_type import OCI_MANIFEST
from oci.testing import build_image, layer
from oci.trust import Fault, Found, Invalid, Proof, Refusal, Subject, Unsigned, Verified
from oci.trust.attachment import AttachmentLimits, attach
from oci.trust.certificate.rule import thumbprint
from oci.trust.family import examine
from oci.trust.notation.envelope import COSE, JWS
from oci.trust.notation.shelf import ARTIFACT_TYPE, attach_signature, notation_shelf
from oci.trust.notation.signer import NotationSigner, load_credential
from oci.trust.notation.trust_store import TrustStore
from oci.trust.notation.verifier import NotationVerifier
from tests.notary import (
    DAY,
    FORMS,
    IMAGE,
    NOW,
    SUBJECT,
    Sketch,
    Wish,
    found,
    issue,
    new_key,
    root,
    signer,
    statement,
    write_store,
)

if TYPE_CHECKING:
    from pathlib import Path

    from oci.trust.notation.trust_policy import Statement
    from tests.notary import Party

KINDS = ("RSA-2048", "RSA-3072", "RSA-4096", "EC-256", "EC-384", "EC-521")


def made(party: Party, form: str = JWS, **options: Any) -> NotationSigner:
    return NotationSigner(credential=party.credential, clock=lambda: NOW, media_type=form, **options)


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    write_store(tmp_path, "ca", "acme", root().certificate)
    return TrustStore(tmp_path)


def judged_by(store: TrustStore, trusted: Statement | None = None, *, now: float = NOW) -> NotationVerifier:
    return NotationVerifier(trusted or statement(), store, clock=lambda: now)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_key_signs_in_both_forms(kind: str, form: str, store: TrustStore) -> None:
    signature = made(signer(kind), form).sign(SUBJECT)
    proof = judged_by(store).verify(signature, SUBJECT)
    assert isinstance(proof, Proof)
    assert proof.key == thumbprint(signer(kind).encoded[0])
    assert (proof.digest, proof.made_s, proof.signer) == (
        IMAGE.digest,
        NOW,
        "CN=signer,O=acme,ST=WA,C=US",
    )
    assert proof.creator.startswith("ocitool/")
    assert (proof.clock, proof.warnings) == ("", ())


def test_a_certificate_that_signed_itself_is_trusted_where_it_is_in_the_store(tmp_path: Path) -> None:
    alone = issue(Wish())
    write_store(tmp_path, "ca", "acme", alone.certificate)
    outcome = judged_by(TrustStore(tmp_path)).verify(made(alone).sign(SUBJECT), SUBJECT)
    assert isinstance(outcome, Proof)


def test_what_was_signed_for_one_image_proves_nothing_of_another(store: TrustStore) -> None:
    other = Subject.of(build_image([layer({"b": b"2"})]).raw)
    outcome = judged_by(store).verify(made(signer()).sign(SUBJECT), other)
    assert isinstance(outcome, Refusal) and outcome.fault is Fault.OTHER_IMAGE


def test_signatures_expire(store: TrustStore) -> None:
    signature = made(signer(), expires_after_s=100).sign(SUBJECT)
    assert isinstance(judged_by(store, now=NOW + 99).verify(signature, SUBJECT), Proof)
    late = judged_by(store, now=NOW + 100).verify(signature, SUBJECT)
    assert isinstance(late, Refusal) and late.fault is Fault.EXPIRED


def test_what_is_only_logged_becomes_a_warning(store: TrustStore) -> None:
    signature = made(signer(), expires_after_s=100).sign(SUBJECT)
    permissive = statement(signatureVerification={"level": "permissive"})
    proof = judged_by(store, permissive, now=NOW + 2 * DAY).verify(signature, SUBJECT)
    assert isinstance(proof, Proof)
    assert [each.split(":")[0] for each in proof.warnings] == ["expiry", "authenticTimestamp"]


def test_an_audit_enforces_integrity_alone(store: TrustStore) -> None:
    audit = statement(signatureVerification={"level": "audit"})
    stranger = Sketch(party=issue(Wish()))
    proof = judged_by(store, audit).verify(found(stranger.jws()), SUBJECT)
    assert isinstance(proof, Proof)
    assert [each.split(":")[0] for each in proof.warnings] == ["authenticity", "revocation"]
    broken = stranger.with_(signs_with=lambda _: bytes(64))
    assert isinstance(judged_by(store, audit).verify(found(broken.jws()), SUBJECT), Refusal)


def test_a_signing_authority_vouches_for_the_time(tmp_path: Path) -> None:
    short = issue(Wish(begins=NOW - 10, ends=NOW + 10), root())
    sketch = Sketch(
        party=short,
        members={
            "io.cncf.notary.signingScheme": "notary.x509.signingAuthority",
            "io.cncf.notary.signingTime": None,
            "io.cncf.notary.authenticSigningTime": "2025-06-15T15:06:40.5Z",
            "crit": ["io.cncf.notary.signingScheme", "io.cncf.notary.authenticSigningTime"],
        },
    )
    signature = found(sketch.jws())
    write_store(tmp_path, "signingAuthority", "acme", root().certificate)
    write_store(tmp_path, "ca", "acme", root().certificate)
    store = TrustStore(tmp_path)
    trusted = statement(trustStores=["signingAuthority:acme"])
    later = NotationVerifier(trusted, store, clock=lambda: NOW + 5 * DAY)
    proof = later.verify(signature, SUBJECT)
    assert isinstance(proof, Proof)
    assert (proof.made_s, proof.clock) == (NOW, "signing authority")
    outcome = judged_by(store).verify(signature, SUBJECT)
    assert isinstance(outcome, Refusal) and outcome.fault is Fault.WRONG_KEY


def test_a_statement_that_skips_proves_nothing(store: TrustStore) -> None:
    skipping = statement(
        registryScopes=["r.example/a"],
        signatureVerification={"level": "skip"},
        trustStores=None,
        trustedIdentities=None,
    )
    with pytest.raises(InvalidSettings, match="skips"):
        judged_by(store, skipping)


def test_signatures_are_stored_with_the_image_and_found_there(store: TrustStore) -> None:
    place = MemoryStore()
    place.publish(IMAGE.root, IMAGE.raw, ["v1"])
    verifier = judged_by(store)
    assert isinstance(examine([notation_shelf(place).read(SUBJECT)], verifier, SUBJECT), Unsigned)
    for form in FORMS:
        attach_signature(place, IMAGE.root, made(signer(), form, metadata={"build": "1"}).sign(SUBJECT))
    attach_signature(place, IMAGE.root, made(issue(Wish())).sign(SUBJECT))
    reading = notation_shelf(place).read(SUBJECT)
    assert isinstance(reading, Found) and len(reading.signatures) == 3
    verdict = examine([reading], verifier, SUBJECT)
    assert isinstance(verdict, Verified)
    assert len(verdict.proofs) == 2
    assert [each.fault for each in verdict.refused] == [Fault.WRONG_KEY]


def test_many_signatures_are_judged_and_more_than_the_limit_are_not_read(store: TrustStore) -> None:
    place = MemoryStore()
    place.publish(IMAGE.root, IMAGE.raw, ["v1"])
    strange = made(issue(Wish())).sign(SUBJECT)
    for number in range(200):
        attach(
            place,
            IMAGE.root,
            artifact_type=ARTIFACT_TYPE,
            media_type=JWS,
            content=strange.envelope,
            annotations={"number": str(number)},
        )
    shelf = notation_shelf(place, limits=AttachmentLimits(count=200))
    verdict = examine([shelf.read(SUBJECT)], judged_by(store), SUBJECT)
    assert isinstance(verdict, Invalid) and len(verdict.refused) == 200
    attach_signature(place, IMAGE.root, made(signer()).sign(SUBJECT))
    verdict = examine([shelf.read(SUBJECT)], judged_by(store), SUBJECT)
    assert isinstance(verdict, Invalid)
    assert "limit of 200" in verdict.refused[0].reason


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("io.cncf.notary.x", "belong to the specification"),
        ("io.cncf.notary", "belong to the specification"),
    ],
)
def test_metadata_may_not_use_the_names_of_the_specification(name: str, says: str) -> None:
    with pytest.raises(InvalidValue, match=says):
        made(signer(), metadata={name: "x"}).sign(SUBJECT)


def test_a_certificate_that_is_not_valid_now_signs_nothing() -> None:
    with pytest.raises(InvalidValue, match="not valid now"):
        made(issue(Wish(ends=NOW - 1), root())).sign(SUBJECT)


def test_keys_and_chains_are_read_from_files(tmp_path: Path) -> None:
    key, chain = signer().write_to(tmp_path / "signer")
    read = load_credential(key.read_bytes(), chain.read_bytes(), where="here")
    assert read.chain == signer().encoded
    with pytest.raises(InvalidSettings, match="cannot be read"):
        load_credential(key.read_bytes(), chain.read_bytes(), passphrase=b"x", where="here")
    with pytest.raises(InvalidSettings, match="cannot be read"):
        load_credential(b"x", chain.read_bytes(), where="here")
    other, _ = issue(Wish(), root(), key=new_key()).write_to(tmp_path / "other")
    with pytest.raises(InvalidSettings, match="is not the one of"):
        load_credential(other.read_bytes(), chain.read_bytes(), where="here")
    only_root = root().write_to(tmp_path / "root")[1]
    with pytest.raises(InvalidSettings, match="is a CA's"):
        load_credential(key.read_bytes(), only_root.read_bytes(), where="here")


def test_an_envelope_of_a_gigabyte_is_not_read(store: TrustStore) -> None:
    place = MemoryStore()
    place.publish(IMAGE.root, IMAGE.raw, ["v1"])
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": Descriptor.of(b"{}", ARTIFACT_TYPE).to_json(),
            "layers": [Descriptor(COSE, Digest("sha256", 64 * "0"), 1 << 30).to_json()],
            "subject": IMAGE.root.to_json(),
        }
    ).encode()
    place.publish(Descriptor.of(manifest, OCI_MANIFEST), manifest)
    attach_signature(place, IMAGE.root, made(signer()).sign(SUBJECT))
    verdict = examine([notation_shelf(place).read(SUBJECT)], judged_by(store), SUBJECT)
    assert isinstance(verdict, Verified)
    assert "limit" in verdict.refused[0].reason
