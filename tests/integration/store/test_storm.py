"""Twenty kills; `make soak` has five hundred."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.store.storm import Storm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oci.testing import ScriptedRegistry

SEED = 20261122
KILLS = 20


@pytest.fixture
def memory() -> Iterator[Path]:
    """Return a directory in memory: to wait for a disk would only make the kills miss."""
    directory = Path(tempfile.mkdtemp(prefix="storm-", dir="/dev/shm"))
    yield directory
    shutil.rmtree(directory)


def test_a_store_survives_a_storm_of_kills(memory: Path, registry: ScriptedRegistry) -> None:
    result = Storm(memory / "store", registry, SEED).run(KILLS)
    assert result.kills >= KILLS
