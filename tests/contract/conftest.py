"""The registries of the contract, and what is known of them that no client can mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from oci.errors import DaemonError, NotFound, OciError, Unsupported
from tests.contract.backends import ENGINE, REGISTRIES, Places

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

# The contract suites live in the library: their assertions are to be explained like any test's.
pytest.register_assert_rewrite("oci.testing.contract")


class Limit(NamedTuple):
    """What a kind of place cannot keep of the contract, and what it says when it is asked to."""

    error: type[OciError]
    text: str


# distribution 2.8 computes sha256 for every manifest, and refuses any other digest.
_ONE_ALGORITHM = Limit(OciError, "DIGEST_INVALID: provided digest did not match uploaded content")
# An engine takes images that can run: their layers are archives, and their configuration names them. What
# else it is given, it takes without a word and does not have.
_RUNNABLE = Limit(DaemonError, "took the image and does not show it")
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
    # distribution 2.8 calls a repository without tags unknown when it is asked for them ...
    ("docker-registry", "test_a_document_without_a_name_is_found_by_digest"): Limit(
        NotFound, "NAME_UNKNOWN: repository name not known to registry"
    ),
    # ... and deletes manifests, not tags.
    ("docker-registry", "test_a_deleted_name_is_gone_and_the_others_stay"): Limit(
        Unsupported, "this registry does not delete tags"
    ),
}
"""Tests that a kind of place ends with this error, always: one that passes has to be taken out here."""


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Assert that a place refuses what is beyond it in the words that are known, and nothing else."""
    for kind in pyfuncitem.callspec.params.values():
        if limit := LIMITS.get((str(kind), pyfuncitem.originalname)):
            with pytest.raises(limit.error, match=limit.text):
                yield
            return True
    return (yield)


@pytest.fixture(scope="session")
def places(tool: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    made = Places(tool, tmp_path_factory.mktemp("registries"), REGISTRIES)
    yield made
    made.close()
