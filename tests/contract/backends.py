"""The backends that take part in the contract: a new one is added to `LOCAL` or `REGISTRIES`."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from oci.content import MemoryStore
from oci.registry import Registry
from oci.serving import running
from oci.settings import Daemon, Settings
from oci.settings.security import Security
from oci.store import ImageStore
from oci.testing import ScriptedEngine
from oci.transports.directory.sink import DirectorySink
from oci.transports.docker_archive.sink import DockerArchiveSink
from oci.transports.docker_daemon.transport import open_sink as open_engine
from oci.transports.layout.planned import PlannedLayout
from oci.transports.layout.store import LayoutStore
from oci.transports.layout.terms import DiskTerms
from oci.transports.name import ImageName
from oci.transports.oci_archive.sink import ArchiveSink
from oci.transports.remote.transport import open_sink
from oci.transports.session import Session
from tests.peers.server import distribution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from oci.content import Name, Opened, Sink
    from oci.spec import Descriptor
    from oci.testing.contract import Backend
    from oci.transports.remote.repository import RemoteRepository

    Tool = Callable[[str], Path]

INVALID_REF_NAMES = ("-v1", "a//b", "a b", "v1/", "ä", "v1\n", "@1", "x" * 600)
"""Names that the grammar of ref names refuses, and the grammar of tags too."""


INVALID_TAGS = ("-v1", ".v1", "a/b", "a b", "ä", "v1\n", "@1", "x" * 129)
IMAGE_NAMES = ("v1", "v2", "there")
"""What the suites call an image."""


class BackendClass(Protocol):
    def __call__(self, directory: Path) -> Backend: ...


class MemoryBackend:
    refused_names: tuple[str, ...] = ()

    def __init__(self, directory: Path) -> None:
        self._store = MemoryStore()

    def open(self) -> Sink:
        return self._store


class LayoutBackend:
    refused_names = INVALID_REF_NAMES

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "layout"

    def open(self) -> Sink:
        return PlannedLayout.planned(self._directory)


class ArchiveBackend:
    refused_names = INVALID_REF_NAMES

    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self._path = directory / "images.tar"

    def open(self) -> Sink:
        return ArchiveSink.extend(self._path)


class OneImage(DirectorySink):
    """A directory as the suites need it: whatever the image is called, it is the image."""

    def open(self, name: Name) -> Opened:
        return super().open(None if name in IMAGE_NAMES else name)

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        super().publish(descriptor, content)
        if names:
            self.choose(descriptor)


class DirectoryBackend:
    refused_names: tuple[str, ...] = ()

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "image"

    def open(self) -> Sink:
        return OneImage.create(self._directory)


class OneRepository(DockerArchiveSink):
    """A Docker archive as the suites need it: all of its images are tags of one repository."""

    PREFIX = "registry.example/contract:"

    def resolve(self, name: Name) -> Descriptor:
        return super().resolve(f"{self.PREFIX}{name}" if isinstance(name, str) else name)

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        super().publish(descriptor, content, [f"{self.PREFIX}{name}" for name in names])

    def names(self) -> Iterator[str]:
        for name in super().names():
            yield name.removeprefix(self.PREFIX)


class DockerArchiveBackend:
    refused_names = INVALID_TAGS

    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self._path = directory / "images.tar"

    def open(self) -> Sink:
        return OneRepository.extend(self._path)


class LocalRepository(ImageStore):
    """The local store as the suites need it: all of its images are tags of one repository."""

    PREFIX = "registry.example/contract:"

    def resolve(self, name: Name) -> Descriptor:
        return super().resolve(self._whole(name))

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        super().publish(descriptor, content, [f"{self.PREFIX}{name}" for name in names])

    def delete(self, name: Name) -> Descriptor:
        return super().delete(self._whole(name))

    def names(self) -> Iterator[str]:
        for name in super().names():
            yield name.removeprefix(self.PREFIX)

    def _whole(self, name: Name) -> Name:
        if isinstance(name, str) and not name.startswith(self.PREFIX):
            return f"{self.PREFIX}{name}"
        return name


class StoreBackend:
    refused_names = INVALID_TAGS

    def __init__(self, directory: Path) -> None:
        self._directory = directory / "store"

    def open(self) -> Sink:
        return LocalRepository.create(self._directory)


class EngineBackend:
    """An engine of its own; it listens for as long as there is somebody to open it."""

    refused_names: tuple[str, ...] = ()

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="engine-"))  # short: a socket's path has 107 bytes at most
        self._stack = ExitStack()
        self._stack.callback(shutil.rmtree, folder)
        self._engine = self._stack.enter_context(ScriptedEngine(folder / "engine.sock"))

    def open(self) -> Sink:
        settings = Settings(daemon=Daemon(host=self._engine.daemon_host))
        return open_engine(ImageName("docker-daemon", ""), Session(settings=settings))

    def close(self) -> None:
        self._stack.close()


class SharedLayoutBackend:
    refused_names = INVALID_REF_NAMES

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def open(self) -> Sink:
        return LayoutStore.create(
            self._directory / "layout", DiskTerms(shared_blobs=self._directory / "shared")
        )


class RegistryBackend:
    """A repository of its own in a registry that runs already.

    Args:
        address: The registry, as ``host:port``.
        repository: The repository's name.
        session: Has the connections.
    """

    refused_names = INVALID_TAGS

    def __init__(self, address: str, repository: str, session: Session) -> None:
        self._image = ImageName.parse(f"docker://{address}/{repository}")
        self._session = session

    def open(self) -> Sink:
        repository: RemoteRepository = open_sink(self._image, self._session)
        return repository


@contextmanager
def embedded(_tool: Tool, folder: Path) -> Iterator[str]:
    """Run our own registry in this process."""
    registry = Registry(folder)
    with running(registry, grace_s=0.0) as server:
        yield server.host
    registry.close()


@contextmanager
def debian(tool: Tool, folder: Path) -> Iterator[str]:
    """Run Debian's package of distribution 2.8."""
    with distribution(tool("docker-registry"), folder) as server:
        yield server.address


LOCAL: dict[str, BackendClass] = {
    "memory": MemoryBackend,
    "layout": LayoutBackend,
    "shared-blobs": SharedLayoutBackend,
    "archive": ArchiveBackend,
    "docker-archive": DockerArchiveBackend,
    "store": StoreBackend,
}
REGISTRIES: dict[str, Callable[[Tool, Path], AbstractContextManager[str]]] = {
    "registry": embedded,
    "docker-registry": debian,
}
ENGINE = "docker-daemon"
"""A place that takes runnable images alone and keeps no manifests: what needs neither is run."""

SINGLE: dict[str, BackendClass] = {"directory": DirectoryBackend}
"""Places that hold one image, without a name."""

NAMING = (*LOCAL, *REGISTRIES)
KINDS = (*NAMING, *SINGLE)


class Places:
    """Makes backends; the registries among them are started once and share a process; a context manager.

    Args:
        tool: Finds programs.
        folder: Where the registries keep their storage.
        registries: How each kind of registry is run.
    """

    def __init__(
        self,
        tool: Tool,
        folder: Path,
        registries: dict[str, Callable[[Tool, Path], AbstractContextManager[str]]],
    ) -> None:
        self._tool = tool
        self._folder = folder
        self._registries = registries
        self._stack = ExitStack()
        self._addresses: dict[str, str] = {}
        self._numbers = itertools.count()
        self._session = Session(settings=Settings(security=Security.PLAIN))
        self._stack.callback(self._session.shared.close)

    def make(self, kind: str, directory: Path) -> Backend:
        """Make an empty backend."""
        if kind in LOCAL or kind in SINGLE:
            return (LOCAL | SINGLE)[kind](directory)
        address = self._address(kind)
        return RegistryBackend(address, f"contract/place-{next(self._numbers)}", self._session)

    def close(self) -> None:
        """End the registries."""
        self._stack.close()

    def _address(self, kind: str) -> str:
        if kind not in self._addresses:
            folder = self._folder / kind
            folder.mkdir()
            self._addresses[kind] = self._stack.enter_context(self._registries[kind](self._tool, folder))
        return self._addresses[kind]
