"""Signatures with one defect each, kept under fixtures: each is refused for what is the matter with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oci.settings.policy import MatchExact
from oci.spec import Reference
from oci.trust import Family, Proof, Refusal, Signature, Subject
from oci.trust.simple.verifier import SimpleVerifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path(__file__).parents[3] / "fixtures" / "gpg-signatures"
EXPECTED: dict[str, str] = json.loads((FOLDER / "expected.json").read_bytes())


@pytest.fixture(scope="module")
def verifier(tool: Callable[[str], Path]) -> Iterator[SimpleVerifier]:
    tool("gpg")
    with SimpleVerifier([("keys.asc", (FOLDER / "keys.asc").read_bytes())], MatchExact()) as verifier:
        yield verifier


@pytest.mark.parametrize(("name", "fault"), EXPECTED.items())
def test_each_is_refused_for_its_defect(verifier: SimpleVerifier, name: str, fault: str) -> None:
    raw = (FOLDER / f"{name}.sig").read_bytes()
    subject = Subject.of(
        (FOLDER / "manifest.json").read_bytes(), Reference.parse("registry.example/team/app:1")
    )
    outcome = verifier.verify(Signature(family=Family.SIMPLE, envelope=raw, found_at=name), subject)
    if fault:
        assert isinstance(outcome, Refusal) and outcome.fault.value == fault, outcome
    else:
        assert isinstance(outcome, Proof)
