"""Every backend keeps the contract, and every image survives the way from each to each."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import product
from typing import TYPE_CHECKING

import pytest

from oci.testing.contract import ContentContract, GraphContract, NameContract, PairContract, TraitContract
from tests.contract.backends import BACKENDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.testing.contract import Backend


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Ends what a backend has started."""
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("kind", BACKENDS)
class TestBackend(ContentContract, NameContract, GraphContract, TraitContract):
    @pytest.fixture
    def backend(self, kind: str, tmp_path: Path, stack: ExitStack) -> Backend:
        return BACKENDS[kind](tmp_path, stack)


@pytest.mark.parametrize(("origin", "goal"), list(product(BACKENDS, BACKENDS)))
class TestPair(PairContract):
    @pytest.fixture
    def backend(self, origin: str, tmp_path: Path, stack: ExitStack) -> Backend:
        return BACKENDS[origin](tmp_path / "from", stack)

    @pytest.fixture
    def destination(self, goal: str, tmp_path: Path, stack: ExitStack) -> Backend:
        return BACKENDS[goal](tmp_path / "to", stack)
