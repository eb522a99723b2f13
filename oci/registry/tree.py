"""The directory of a registry: one image layout per repository (image-spec, image-layout.md).

Repository ``a/b`` is the layout ``DIR/a/b``, which any tool that knows layouts can read and write while the
registry runs. A directory that is itself a layout is served as one repository. What is not a repository's
(uploads under way) lies in names that begin with a dot, which no repository can have.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..errors import InvalidReference, NotFound, StorageError
from ..spec.reference import check_repository
from ..transports.layout import disk
from ..transports.layout.index_file import MARK_NAME
from ..transports.layout.store import VERSION, LayoutStore
from .error import ApiError
from .route import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..spec import Digest

__all__ = ["RepositoryTree", "check_readable", "check_writable"]

_STORES_KEPT_OPEN = 256


def check_readable(folder: Path) -> None:
    """Find out now, rather than with the first pull, whether a registry's directory can be read.

    Raises:
        StorageError: It is not there, or not to be read.
    """
    with disk.storage_errors("read", folder), os.scandir(folder):
        pass


def check_writable(folder: Path) -> None:
    """Find out now, rather than with the first push, whether a registry's directory can be written to.

    It is made where it does not exist. The system is asked by doing it: permissions alone do not tell of a
    disk that is mounted read-only.

    Raises:
        StorageError: It cannot be made, or nothing can be written there.
    """
    with disk.storage_errors("create", folder):
        folder.mkdir(parents=True, exist_ok=True)
    check_readable(folder)
    with disk.storage_errors("write to", folder):
        tempfile.TemporaryFile(dir=folder, prefix=".ocitool-").close()


class RepositoryTree:
    """Finds and makes repositories.

    Args:
        folder: The registry's directory, or a single layout; made when it is first written to.
        single_name: The repository's name when the directory is a layout; its base name by default.

    Raises:
        InvalidReference: The directory is a layout whose base name cannot name a repository.
    """

    def __init__(self, folder: Path, *, single_name: str = "") -> None:
        self.folder = folder
        self.single_name = self._name_of_single(single_name) if (folder / MARK_NAME).exists() else ""
        """The repository's name when the directory is itself a layout, else empty."""
        self._stores: OrderedDict[str, LayoutStore] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, name: str) -> LayoutStore:
        """Open a repository that exists.

        Args:
            name: A checked repository name.

        Returns:
            Its layout.

        Raises:
            NotFound: There is no such repository.
        """
        with self._lock:
            store = self._stores.get(name)
            if store is None:
                store = LayoutStore.at(self._path_of(name))
                self._stores[name] = store
            self._stores.move_to_end(name)
            while len(self._stores) > _STORES_KEPT_OPEN:
                self._stores.popitem(last=False)
            return store

    def create(self, name: str) -> LayoutStore:
        """Open a repository, making it where it does not exist.

        Args:
            name: A checked repository name.

        Returns:
            Its layout.

        Raises:
            ApiError: 404, the directory is a layout and holds one repository of another name.
            StorageError: The system refuses.
        """
        try:
            return self.open(name)
        except NotFound:
            if self.single_name:
                raise ApiError(
                    HTTPStatus.NOT_FOUND, "NAME_UNKNOWN", f"this registry holds {self.single_name!r} only"
                ) from None
        path = self._path_of(name)
        with disk.storage_errors("create", path):
            path.mkdir(parents=True, exist_ok=True)
            # Written before `LayoutStore` looks: to it, the repositories beneath this one are foreign files.
            disk.create_file(path / MARK_NAME, f'{{"imageLayoutVersion":"{VERSION}"}}'.encode())
        LayoutStore.create(path)
        return self.open(name)

    def names(self) -> Iterator[str]:
        """Yield the names of all repositories, in order.

        Yields:
            Repository names.
        """
        if self.single_name:
            yield self.single_name
            return
        found = []
        for folder, below, files in os.walk(self.folder):
            below[:] = [entry for entry in below if entry not in RESERVED and not entry.startswith(".")]
            if MARK_NAME in files and folder != str(self.folder):
                found.append(os.path.relpath(folder, self.folder))
        for name in sorted(found):
            try:
                yield check_repository(name)
            except InvalidReference:
                continue

    def find_blob(self, digest: Digest) -> LayoutStore | None:
        """Find any repository that has a blob.

        Args:
            digest: The blob's digest.

        Returns:
            A repository's layout, or None when no repository has it.
        """
        for name in self.names():
            try:
                store = self.open(name)
                if store.blobs.size_of(digest) is not None:
                    return store
            except (NotFound, StorageError):
                continue
        return None

    def _path_of(self, name: str) -> Path:
        if not self.single_name:
            return self.folder / name
        if name != self.single_name:
            raise NotFound(f"this registry holds {self.single_name!r} only", name=name)
        return self.folder

    def _name_of_single(self, given: str) -> str:
        name = given or self.folder.resolve().name
        try:
            return check_repository(name)
        except InvalidReference as error:
            raise InvalidReference(
                f"{name!r} cannot name a repository",
                hint="the directory is an image layout: rename it, or give the repository's name",
            ) from error
