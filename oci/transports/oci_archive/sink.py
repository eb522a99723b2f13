"""Writing an archive: content is gathered beside the file, which is replaced as a whole at the end.

Blobs arrive in any order and several at once, each verified before it counts; a run that was killed finds
them there again. `ArchiveSink.finish` writes the new file and renames it over the old one, so that the
archive is always whole: the old one, or the new one. What no listed image needs is left out of it.

One process at a time writes an archive; a second one waits.
"""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Self

from ...content import Opened
from ...errors import AlreadyExists, InvalidValue, NotFound, Unsupported
from ..layout import disk
from ..layout.index_file import INDEX_NAME, MARK_NAME
from ..layout.listing import Listing
from ..layout.reach import reachable
from ..layout.reader import LayoutReader
from ..layout.ref_name import check_ref_name
from ..layout.store import MARK, documents_below
from ..session import Session
from .assembly import Assembly
from .gathering import Gathering
from .output import FileOutput
from .overlay import Overlay
from .source import ArchiveSource, label_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...content import Writer
    from ...spec import Descriptor, Digest
    from .output import Output

_NEW_NAME: Final = "archive.tar"


class ArchiveSink(LayoutReader):
    """An archive to write; made by `create` or `extend`. It shows what it will hold before it is finished.

    Args:
        path: The archive.
        gathering: Takes the blobs.
        base: The archive that is there already, or None; its blobs need not be stored again.
        listing: What the archive lists at first.
        session: Limits, times, and what stops the work.
    """

    scheme: ClassVar[str] = "oci-archive"
    """The transport, as it stands in the label."""

    def __init__(
        self,
        path: Path,
        gathering: Gathering,
        base: ArchiveSource | None,
        listing: Listing,
        session: Session,
    ) -> None:
        self._overlay = Overlay(gathering.blobs, base.blobs if base is not None else None)
        super().__init__(f"{self.scheme}:{path}", self._overlay, session.limits)
        self._path = path
        self._gathering = gathering
        self._base = base
        self._session = session
        self._turn = threading.Lock()
        self._listing = listing

    @classmethod
    def create(cls, path: Path, session: Session | None = None) -> Self:
        """Begin an archive that will hold what is written now and nothing else.

        A file that holds a single image without a name is replaced; one that holds more is not.

        Args:
            path: The archive.
            session: Limits, times, and what stops the work.

        Raises:
            AlreadyExists: The file holds something that would be lost.
            Locked: Another process is writing it.
            StorageError: The system refused.
            Unsupported: It is no file.
        """
        return cls._begin(path, session or Session(), _existing, _nothing_of)

    @classmethod
    def extend(cls, path: Path, session: Session | None = None) -> Self:
        """Begin an archive that will hold what it holds now, and what is written; see `create`."""
        return cls._begin(path, session or Session(), _existing, all_of)

    @classmethod
    def _begin(
        cls,
        path: Path,
        session: Session,
        existing: Callable[[Path, Session], ArchiveSource | None],
        kept: Callable[[Path, Listing], Listing],
    ) -> Self:
        path = Path(os.path.realpath(path))
        gathering = Gathering.beside(path, session, label=f"{cls.scheme}:{path}")
        base = None
        try:
            # Under the lock: nobody else adds to the archive from now on.
            base = existing(path, session)
            listing = kept(path, base.listing() if base is not None else Listing.empty())
        except BaseException:
            if base is not None:
                base.close()
            gathering.leave()
            raise
        return cls(path, gathering, base, listing, session)

    def listing(self) -> Listing:
        """Return what the archive will list."""
        return self._listing

    def ingest(self, descriptor: Descriptor) -> Writer:
        """Begin, or continue, to store a blob; see `BlobStore.ingest`."""
        return self._gathering.blobs.ingest(descriptor)

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        """Store a document, and list it under its names; see `LayoutStore.publish`."""
        names = [self.checked_name(name) for name in names]
        covers = documents_below(Opened(descriptor, content), where=self.label)
        self._gathering.blobs.put(descriptor, content)
        with self._turn:
            self._listing = self._listing.put(descriptor, names, covers=covers)

    @staticmethod
    def checked_name(name: str) -> str:
        """Return a name as it is listed, or raise `InvalidReference`."""
        return check_ref_name(name)

    def finish(self) -> None:
        """Write the archive, durably, and put it in its place; then the sink can only be closed.

        Raises:
            StorageError: The system refused; the archive is what it was.
            Cancelled: The work is no longer wanted; the archive is what it was.
        """
        files, digests = self.small_files(), self._needed()
        self._deliver(lambda output: self._assembly(output).write(files, digests, self._overlay.body_of))
        self._gathering.remove()

    def small_files(self) -> dict[str, bytes]:
        """Return the files besides the blobs, in their order."""
        return {MARK_NAME: MARK, INDEX_NAME: self._listing.to_bytes()}

    def _assembly(self, output: Output) -> Assembly:
        return Assembly(output, modified_s=self._session.modified_s)

    def _deliver(self, write: Callable[[Output], None]) -> None:
        """Have a new archive written, and put it in the place of the old one."""
        new = self._gathering.directory / _NEW_NAME
        with disk.storage_errors("write", self._path):
            mode = disk.mode_of(self._path)
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | disk.CLOSE_ON_EXEC, mode)
            with disk.closing(handle):
                write(FileOutput(handle, self._path, checkpoint=self._session.token.raise_if_cancelled))
            new.replace(self._path)
            disk.sync_directory(self._path.parent)

    def close(self) -> None:
        """Release the archive; what was gathered and not finished stays for a later run."""
        self._gathering.leave()
        if self._base is not None:
            self._base.close()

    def _needed(self) -> set[Digest]:
        try:
            roots = [entry.descriptor for entry in self._listing.entries]
        except InvalidValue:  # an entry of another tool that we do not understand: it may need anything
            return self._overlay.digests()
        found = reachable(self, roots, self.limits)
        return self._overlay.digests() if found is None else found


def all_of(_path: Path, listing: Listing) -> Listing:
    """Keep everything that an archive lists."""
    return listing


def _nothing_of(path: Path, listing: Listing) -> Listing:
    entries = listing.entries
    if any(entry.name is not None for entry in entries) or len(entries) > 1:
        raise AlreadyExists(
            f"{path} holds {len(entries)} images",
            hint=f"write to {label_of(path)}:NAME to add one to them, or remove the file first",
        )
    return Listing.empty()


def _existing(path: Path, session: Session) -> ArchiveSource | None:
    if not holds_something(path):
        return None
    try:
        return ArchiveSource.at(path, session)
    except NotFound:
        return None
    except InvalidValue as error:
        raise AlreadyExists(
            f"{path} exists and is not an OCI archive ({error.message})", hint="remove it first"
        ) from error


def holds_something(path: Path) -> bool:
    """Tell whether there is a file with anything in it; raise `Unsupported` for what is no file."""
    with disk.storage_errors("look at", path):
        try:
            found = path.stat()
        except FileNotFoundError:
            return False
    if not stat.S_ISREG(found.st_mode):
        raise Unsupported(f"{path} is not a file: an archive cannot be written there")
    return found.st_size > 0
