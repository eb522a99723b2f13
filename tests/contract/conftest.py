"""The registries of the contract, and what is known of them that no client can mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.backends import ENGINE, REGISTRIES, Places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# The contract suites live in the library: their assertions are to be explained like any test's.
pytest.register_assert_rewrite("oci.testing.contract")

_ONE_ALGORITHM = "distribution 2.8 computes sha256 for every manifest and refuses any other digest"
_RUNNABLE = (
    "an engine takes images that can run: their layers are archives, and their configuration names them"
)
_ENGINE_LIMITS = (
    "test_blobs_of_any_size_come_back_identical",
    "test_blobs_with_a_longer_digest_come_back_identical",
    "test_a_suspended_ingest_is_continued",
    "test_what_preserves_documents_gives_their_bytes_back",
)
LIMITS = {
    **{(ENGINE, name): _RUNNABLE for name in _ENGINE_LIMITS},
    ("docker-registry", "test_blobs_with_a_longer_digest_come_back_identical"): _ONE_ALGORITHM,
    ("docker-registry", "test_sha512_arrives"): _ONE_ALGORITHM,
    ("docker-registry", "test_a_document_without_a_name_is_found_by_digest"): (
        "distribution 2.8 calls a repository without tags unknown when it is asked for them"
    ),
    ("docker-registry", "test_a_deleted_name_is_gone_and_the_others_stay"): (
        "distribution 2.8 deletes manifests, not tags"
    ),
}
"""Tests that fail with a kind of registry, strictly: one that passes has to be taken out here."""


@pytest.fixture(autouse=True)
def known_limits(request: pytest.FixtureRequest) -> None:
    """Expect the failures that are listed, and no others."""
    for kind in request.node.callspec.params.values():
        if reason := LIMITS.get((kind, request.node.originalname)):
            request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.fixture(scope="session")
def places(tool: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    made = Places(tool, tmp_path_factory.mktemp("registries"), REGISTRIES)
    yield made
    made.close()
