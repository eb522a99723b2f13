"""The backends that take part in the contract: one class each. A new one is added to `BACKENDS`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from oci.content import MemoryStore
from oci.transports.layout.store import LayoutStore
from oci.transports.oci_archive.sink import ArchiveSink

if TYPE_CHECKING:
    from pathlib import Path

    from oci.content import Sink
    from oci.testing.contract import Backend

INVALID_REF_NAMES = ("-v1", "a//b", "a b", "v1/", "ä", "v1\n", "@1", "x" * 600)
"""Names that the grammar of ref names refuses, and the grammar of tags too."""


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
        return LayoutStore.create(self._directory)


class ArchiveBackend:
    refused_names = INVALID_REF_NAMES

    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self._path = directory / "images.tar"

    def open(self) -> Sink:
        return ArchiveSink.extend(self._path)


class SharedLayoutBackend:
    refused_names = INVALID_REF_NAMES

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def open(self) -> Sink:
        return LayoutStore.create(self._directory / "layout", shared_blobs=self._directory / "shared")


BACKENDS: dict[str, BackendClass] = {
    "memory": MemoryBackend,
    "layout": LayoutBackend,
    "shared-blobs": SharedLayoutBackend,
    "archive": ArchiveBackend,
}
