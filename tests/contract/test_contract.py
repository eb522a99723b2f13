"""Every backend keeps the contract, and every image survives the way from each to each."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from oci.testing.contract import ContentContract, GraphContract, NameContract, PairContract, TraitContract
from tests.contract.backends import BACKENDS

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing.contract import Backend


@pytest.mark.parametrize("kind", BACKENDS)
class TestBackend(ContentContract, NameContract, GraphContract, TraitContract):
    @pytest.fixture
    def backend(self, kind: str, tmp_path: Path) -> Backend:
        return BACKENDS[kind](tmp_path)


@pytest.mark.parametrize(("origin", "goal"), list(product(BACKENDS, BACKENDS)))
class TestPair(PairContract):
    @pytest.fixture
    def backend(self, origin: str, tmp_path: Path) -> Backend:
        return BACKENDS[origin](tmp_path / "from")

    @pytest.fixture
    def destination(self, goal: str, tmp_path: Path) -> Backend:
        return BACKENDS[goal](tmp_path / "to")
