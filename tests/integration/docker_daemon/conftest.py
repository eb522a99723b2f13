"""An engine behind a script, on a unix socket, and sessions that lead to it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from oci.settings import Daemon, Settings
from oci.testing import ScriptedEngine
from oci.transports.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator


class MakeSession(Protocol):
    def __call__(self, host: str, **settings: object) -> Session: ...


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder whose name is short: a socket's path has 107 bytes at most."""
    made = Path(tempfile.mkdtemp(prefix="engine-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture
def engine(folder: Path) -> Iterator[ScriptedEngine]:
    with ScriptedEngine(folder / "engine.sock") as server:
        yield server


@pytest.fixture
def session() -> MakeSession:
    def make(host: str, **settings: object) -> Session:
        return Session(settings=Settings(daemon=Daemon(host=host), **settings))  # type: ignore[arg-type]

    return make
