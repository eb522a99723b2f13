"""Writing an archive that Docker and podman load, and that keeps every byte: a layout with more files.

Manifests and layers are stored as they came. A loader of today finds the layout, an older one the files that
``manifest.json`` names. The file is written beside its place and renamed, or goes out as a stream;
everything that belongs to it is gathered and verified before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from ...errors import AlreadyExists, InvalidReference, InvalidValue, NotFound
from ..layout.index_file import INDEX_NAME, MARK_NAME
from ..layout.store import MARK
from ..oci_archive.sink import ArchiveSink, all_of, holds_something
from ..oci_archive.source import ArchiveSource
from ..session import Session
from .catalogue import catalogue_of, named_entries
from .item import MANIFEST_NAME, REPOSITORIES_NAME, full_name
from .source import DockerArchiveSource

if TYPE_CHECKING:
    from pathlib import Path

    from ...content import Name
    from ...spec import Descriptor


class DockerArchiveSink(ArchiveSink):
    """An archive to write; made by `create` or `extend`. Its names are references with a tag."""

    scheme: ClassVar[str] = "docker-archive"

    @classmethod
    def create(cls, path: Path, session: Session | None = None) -> Self:
        """Begin an archive where there is none yet.

        Args:
            path: The file, absent or empty.
            session: Limits, times, the platform that is wished for, and what stops the work.

        Raises:
            AlreadyExists: There is something in the file.
            Locked: Another process is writing it.
            StorageError: The system refused.
            Unsupported: It is no file.
        """
        return cls._begin(path, session or Session(), _refused, all_of)

    @classmethod
    def extend(cls, path: Path, session: Session | None = None) -> Self:
        """Begin an archive that will hold what it holds now, and what is written; see `create`.

        Raises:
            AlreadyExists: The file is there and is not one that this class has written.
        """
        return cls._begin(path, session or Session(), _ours, all_of)

    def resolve(self, name: Name) -> Descriptor:
        """Find out what a name stands for; see `LayoutReader.resolve`."""
        if isinstance(name, str) and not name.startswith("@"):
            try:
                name = full_name(name)
            except InvalidReference as error:
                raise NotFound(f"{self.label} has no image named {name[:160]!a}", name=name) from error
        return super().resolve(name)

    @staticmethod
    def checked_name(name: str) -> str:
        """Return a name in full, or raise `InvalidReference`."""
        return full_name(name)

    def small_files(self) -> dict[str, bytes]:
        """Return the files besides the blobs, in their order."""
        catalogue = catalogue_of(self, self._session.settings.platform)
        for name in catalogue.left_out:
            self._session.warn(f"{self.label}: {name} is kept, but is no image that can be loaded")
        return {
            MARK_NAME: MARK,
            INDEX_NAME: named_entries(self.listing()).to_bytes(),
            MANIFEST_NAME: catalogue.manifest_json(),
            REPOSITORIES_NAME: catalogue.repositories(),
        }


def _refused(path: Path, _session: Session) -> None:
    if holds_something(path):
        raise AlreadyExists(
            f"{path} exists: nothing is added to an archive that is there",
            hint="remove it, or write to another file",
        )


def _ours(path: Path, session: Session) -> ArchiveSource | None:
    if not holds_something(path):
        return None
    try:
        with_items = DockerArchiveSource.at(path, session)
    except (InvalidValue, NotFound) as error:
        raise AlreadyExists(f"{path} exists, and nothing can be added to it ({error.message})") from error
    try:
        if not with_items.is_layout:
            raise AlreadyExists(f"{path} exists, and has no layout to which something could be added")
    finally:
        with_items.close()
    return ArchiveSource.at(path, session)
