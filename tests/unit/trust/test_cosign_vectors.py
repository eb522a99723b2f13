"""What cosign itself has written: its key file, signatures and attestations, under tags and in bundles."""

from __future__ import annotations

import json
from base64 import b64decode
from pathlib import Path

import pytest

from oci.content import MemoryStore
from oci.settings.policy import MatchRepository
from oci.spec import Descriptor, Digest, Reference
from oci.trust import Family, Invalid, Subject, Verified
from oci.trust.bundle.claim import StatementClaim
from oci.trust.bundle.shelf import attestation_shelf, bundle_shelf
from oci.trust.cosign.claim import Asked, Claim
from oci.trust.cosign.key_verifier import KeyVerifier, TrustedKey
from oci.trust.cosign.shelf import cosign_shelf
from oci.trust.family import Shelf, examine
from oci.trust.key.file import open_key
from oci.trust.key.private import PrivateKey
from oci.trust.key.public import PublicKey

VECTORS = json.loads(
    (Path(__file__).parents[3] / "fixtures/cosign-vectors/vectors.json").read_text(encoding="utf-8")
)
KEY = PublicKey.parse(VECTORS["publicKey"].encode(), where="vectors")
CUSTOM = "https://cosign.sigstore.dev/attestation/v1"
SPDX = "https://spdx.dev/Document"


def store() -> MemoryStore:
    kept = MemoryStore()
    for digest, content in VECTORS["blobs"].items():
        raw = b64decode(content)
        writer = kept.ingest(Descriptor("application/octet-stream", Digest.parse(digest), len(raw)))
        writer.write(raw)
        writer.commit()
    for document in VECTORS["documents"]:
        raw = b64decode(document["content"])
        names = [document["name"]] if document["name"] else []
        kept.publish(Descriptor.of(raw, document["mediaType"]), raw, names)
    return kept


STORE = store()
SUBJECT = Subject(
    content=STORE.open("v1").content,
    digest=Digest.parse(VECTORS["digest"]),
    name=Reference.parse("r.example/app:v1"),
)
SHELVES: dict[Family, Shelf] = {
    Family.COSIGN: cosign_shelf(STORE),
    Family.ATTESTATION: attestation_shelf(STORE),
    Family.BUNDLE: bundle_shelf(STORE),
}


def test_the_key_file_opens_with_its_password() -> None:
    key = open_key(VECTORS["keyFile"].encode(), VECTORS["password"].encode, where="vectors")
    assert key.public == KEY


@pytest.mark.parametrize(
    ("family", "claim", "said"),
    [
        (Family.COSIGN, Claim(rule=None, annotations={"who": "me"}), {"who": "me"}),
        (Family.BUNDLE, StatementClaim(), {}),
        (Family.ATTESTATION, StatementClaim(predicate_type=CUSTOM), CUSTOM),
        (Family.ATTESTATION, StatementClaim(predicate_type=""), CUSTOM),
        (Family.BUNDLE, StatementClaim(predicate_type=SPDX), SPDX),
        (Family.BUNDLE, StatementClaim(predicate_type=""), SPDX),
    ],
)
def test_what_cosign_has_signed_is_proved_by_its_key_and_no_other(
    family: Family, claim: Asked, said: object
) -> None:
    trusted = KeyVerifier(keys=(TrustedKey(name="k", key=KEY),), claim=claim, family=family)
    found = examine([SHELVES[family].read(SUBJECT)], trusted, SUBJECT)
    assert isinstance(found, Verified), found
    (proof,) = found.proofs
    assert proof.digest == SUBJECT.digest
    assert (proof.statement if isinstance(said, dict) else proof.statement["predicateType"]) == said
    other = TrustedKey(name="o", key=PrivateKey.generate().public)
    verifier = KeyVerifier(keys=(other,), claim=claim, family=family)
    found = examine([SHELVES[family].read(SUBJECT)], verifier, SUBJECT)
    assert isinstance(found, Invalid)
    assert {each.fault.value for each in found.refused} == {"wrong key"}


def test_cosign_signs_the_repository_it_was_told_of_and_a_moved_one_is_seen() -> None:
    claim = Claim(rule=MatchRepository())
    verifier = KeyVerifier(keys=(TrustedKey(name="k", key=KEY),), claim=claim)
    found = examine([SHELVES[Family.COSIGN].read(SUBJECT)], verifier, SUBJECT)
    assert isinstance(found, Invalid)
    assert found.refused[0].fault.value == "other name"
