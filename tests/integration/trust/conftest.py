"""Keys for the tests of signatures, each made once per run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.openpgp import GpgHome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def gpg_home(tool: Callable[[str], Path]) -> Iterator[GpgHome]:
    with GpgHome(tool("gpg")) as home:
        yield home


@pytest.fixture(scope="session")
def alice(gpg_home: GpgHome) -> str:
    return gpg_home.make_key("alice@signer.example")


@pytest.fixture(scope="session")
def mallory(gpg_home: GpgHome) -> str:
    return gpg_home.make_key("mallory@signer.example")
