from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.registry.server import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The registry's directory, not made yet."""
    return tmp_path / "registry"


@pytest.fixture
def client(folder: Path) -> Iterator[httpx.Client]:
    """A client of a running registry."""
    with served(folder) as made:
        yield made
