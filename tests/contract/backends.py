"""The backends that take part in the contract: one class each. A new one is added to `BACKENDS`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from oci.content import MemoryStore
from oci.registry import Registry
from oci.serving import running
from oci.settings import Security, Settings
from oci.transports.layout.store import LayoutStore
from oci.transports.name import ImageName
from oci.transports.oci_archive.sink import ArchiveSink
from oci.transports.session import Session
from oci.transports.table import open_sink

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from oci.content import Sink
    from oci.testing.contract import Backend

INVALID_REF_NAMES = ("-v1", "a//b", "a b", "v1/", "ä", "v1\n", "@1", "x" * 600)
"""Names that the grammar of ref names refuses, and the grammar of tags too."""


class BackendClass(Protocol):
    def __call__(self, directory: Path, stack: ExitStack) -> Backend: ...


class MemoryBackend:
    refused_names: tuple[str, ...] = ()

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._store = MemoryStore()

    def open(self) -> Sink:
        return self._store


class LayoutBackend:
    refused_names = INVALID_REF_NAMES

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory / "layout"

    def open(self) -> Sink:
        return LayoutStore.create(self._directory)


class ArchiveBackend:
    refused_names = INVALID_REF_NAMES

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        directory.mkdir(exist_ok=True)
        self._path = directory / "images.tar"

    def open(self) -> Sink:
        return ArchiveSink.extend(self._path)


class SharedLayoutBackend:
    refused_names = INVALID_REF_NAMES

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self._directory = directory

    def open(self) -> Sink:
        return LayoutStore.create(self._directory / "layout", shared_blobs=self._directory / "shared")


class RegistryBackend:
    """A repository of our own registry, spoken to over a socket."""

    refused_names = ("-v1", "a/b", "a b", "v1:", "ä", "v1\n", "@1", "x" * 129)

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        registry = Registry(directory / "registry")
        stack.callback(registry.close)
        server = stack.enter_context(running(registry))
        self._image = ImageName.parse(f"docker://{server.host}/some/images")
        self._session = Session(settings=Settings(security=Security.PLAIN))
        stack.callback(self._session.shared.close)

    def open(self) -> Sink:
        return open_sink(self._image, self._session)


BACKENDS: dict[str, BackendClass] = {
    "memory": MemoryBackend,
    "layout": LayoutBackend,
    "shared-blobs": SharedLayoutBackend,
    "archive": ArchiveBackend,
    "registry": RegistryBackend,
}
