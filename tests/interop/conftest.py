"""The registries and clients of others, each once per run, and ours beside them."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.interop.client import Client, Crane, ImageCopy, Oras, Ours, Regctl, Skopeo
from tests.interop.docker import Docker
from tests.interop.olareg import olareg
from tests.interop.podman import Podman
from tests.peers.server import distribution, ocitool_serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Registries:
    """Registries by name, started when they are first asked for."""

    def __init__(self, tool: Callable[[str], Path], folder: Path, stack: ExitStack) -> None:
        self._tool = tool
        self._folder = folder
        self._stack = stack
        self._addresses: dict[str, str] = {}

    def address(self, name: str) -> str:
        """Return where the registry listens."""
        if name not in self._addresses:
            self._addresses[name] = self._start(name)
        return self._addresses[name]

    def _start(self, name: str) -> str:
        if name == "olareg":
            return self._stack.enter_context(olareg(self._tool(name)))
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        server = ocitool_serve(folder) if name == "ocitool" else distribution(self._tool(name), folder)
        return self._stack.enter_context(server).address


@pytest.fixture(scope="session")
def registries(tool: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registries]:
    with ExitStack() as stack:
        yield Registries(tool, tmp_path_factory.mktemp("registries"), stack)


@pytest.fixture(
    params=[
        "docker-registry",
        "ocitool",
        pytest.param("registry", marks=pytest.mark.costly),
        pytest.param("olareg", marks=pytest.mark.costly),
    ]
)
def repository(request: pytest.FixtureRequest, registries: Registries) -> str:
    """Return a repository that nobody has written to, in each of the registries."""
    return f"{registries.address(request.param)}/interop/{secrets.token_hex(4)}"


@pytest.fixture(
    params=[
        Crane,
        Skopeo,
        *(pytest.param(kind, marks=pytest.mark.costly) for kind in (ImageCopy, Oras, Regctl)),
    ],
    ids=lambda kind: kind.name,
)
def client(request: pytest.FixtureRequest, tool: Callable[[str], Path], home: Path) -> Client:
    """Return each of the programs of others."""
    kind: type[Client] = request.param
    return kind(tool, home)


@pytest.fixture(scope="session")
def ours(home: Path) -> Ours:
    return Ours(home)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home without logins."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def skopeo(tool: Callable[[str], Path], home: Path) -> Skopeo:
    return Skopeo(tool, home)


@pytest.fixture(scope="session")
def podman(tool: Callable[[str], Path], home: Path) -> Iterator[Podman]:
    """Return podman, its service running."""
    with _short_folder("podman-") as folder:
        program = Podman(tool, home, folder)
        with program.service():
            yield program


@pytest.fixture
def empty_podman(tool: Callable[[str], Path], home: Path) -> Iterator[Podman]:
    """Return podman without its service, over a storage that holds nothing yet."""
    with _short_folder("podman-") as folder:
        yield Podman(tool, home, folder)


@pytest.fixture(scope="session")
def docker(tool: Callable[[str], Path], home: Path) -> Iterator[Docker]:
    """Return docker, its daemon running."""
    with _short_folder("docker-") as folder:
        program = Docker(tool, home, folder)
        with program.daemon():
            yield program


@pytest.fixture(scope="session")
def crane(tool: Callable[[str], Path], home: Path) -> Crane:
    return Crane(tool, home)


@pytest.fixture(scope="session")
def oras(tool: Callable[[str], Path], home: Path) -> Oras:
    return Oras(tool, home)


@pytest.fixture(scope="session")
def regctl(tool: Callable[[str], Path], home: Path) -> Regctl:
    return Regctl(tool, home)


@contextmanager
def _short_folder(prefix: str) -> Iterator[Path]:
    """Make a folder near the root: a socket's path has 107 bytes at most, podman's run directory 50."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
