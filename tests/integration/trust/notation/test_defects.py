"""Signatures that lie: each is refused for what is wrong with it, and none is taken for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from oci.trust import Fault, Proof, Refusal
from oci.trust.notation.envelope import COSE
from oci.trust.notation.trust_store import TrustStore
from oci.trust.notation.verifier import NotationVerifier
from tests.fixture_script import fixture_script
from tests.notary import NOW, SUBJECT, Sketch, found, root, signer, statement, write_store

if TYPE_CHECKING:
    from pathlib import Path

CASES: dict[str, Any] = {case.name: case for case in fixture_script("notation-defects").cases()}


@pytest.fixture
def verifier(tmp_path: Path) -> NotationVerifier:
    for kind in ("ca", "signingAuthority"):
        write_store(tmp_path, kind, "acme", root().certificate)
    trusted = statement(trustStores=["ca:acme", "signingAuthority:acme"])
    return NotationVerifier(trusted, TrustStore(tmp_path), clock=lambda: NOW)


@pytest.mark.parametrize("name", CASES)
def test_a_signature_with_a_defect_is_refused_for_it(name: str, verifier: NotationVerifier) -> None:
    case = CASES[name]
    outcome = verifier.verify(found(case.envelope, case.media_type), SUBJECT)
    assert isinstance(outcome, Refusal)
    assert (outcome.fault, case.says in outcome.reason) == (Fault(case.fault), True), outcome.reason


def test_what_the_defects_were_made_of_is_good(verifier: NotationVerifier) -> None:
    for kind in ("EC-256", "RSA-2048"):
        sketch = Sketch(party=signer(kind))
        assert isinstance(verifier.verify(found(sketch.jws()), SUBJECT), Proof)
        assert isinstance(verifier.verify(found(sketch.cose(), COSE), SUBJECT), Proof)
