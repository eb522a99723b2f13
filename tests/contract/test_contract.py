"""Every backend keeps the contract, and every image survives the way from each to each."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from oci.testing.contract import ContentContract, GraphContract, NameContract, PairContract, TraitContract
from tests.contract.backends import ENGINE, KINDS, NAMING, SINGLE, EngineBackend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.testing.contract import Backend
    from tests.contract.backends import Places


@pytest.mark.parametrize("kind", SINGLE)
class TestSingle(ContentContract, GraphContract, TraitContract):
    @pytest.fixture
    def backend(self, kind: str, places: Places, tmp_path: Path) -> Backend:
        return places.make(kind, tmp_path)


@pytest.mark.parametrize("kind", [ENGINE])
class TestEngine(ContentContract, TraitContract):
    @pytest.fixture
    def backend(self, kind: str) -> Iterator[Backend]:
        assert kind == ENGINE
        engine = EngineBackend()
        yield engine
        engine.close()


@pytest.mark.parametrize("kind", NAMING)
class TestBackend(ContentContract, NameContract, GraphContract, TraitContract):
    @pytest.fixture
    def backend(self, kind: str, places: Places, tmp_path: Path) -> Backend:
        return places.make(kind, tmp_path)


@pytest.mark.parametrize(("origin", "goal"), list(product(KINDS, KINDS)))
class TestPair(PairContract):
    @pytest.fixture
    def backend(self, origin: str, places: Places, tmp_path: Path) -> Backend:
        return places.make(origin, tmp_path / "from")

    @pytest.fixture
    def destination(self, goal: str, places: Places, tmp_path: Path) -> Backend:
        return places.make(goal, tmp_path / "to")
