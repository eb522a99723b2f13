"""Reading an archive where it lies: headers are looked at once, blobs are read at their offsets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from ...errors import InvalidDocument, LimitExceeded
from ...spec import strict_json
from ..layout.index_file import INDEX_NAME, MARK_NAME, MAX_INDEX_BYTES
from ..layout.listing import Listing
from ..layout.reader import LayoutReader
from ..layout.store import check_version
from ..session import Session
from .blobs import ArchiveBlobs
from .member import find_members
from .opening import opened_in_place

if TYPE_CHECKING:
    from pathlib import Path

    from ..layout.blob_stream import PositionalFile
    from .member import Member

_MARK_BYTES: Final = 64 * 1024


class ArchiveSource(LayoutReader):
    """The images in an archive; made by `at`.

    The file is held open: another one that takes its name meanwhile changes nothing here.

    Args:
        path: The archive, for messages.
        blobs: Its blobs.
        listing: Its index.
        session: Limits.
    """

    def __init__(self, path: Path, blobs: ArchiveBlobs, listing: Listing, session: Session) -> None:
        super().__init__(label_of(path), blobs, session.limits)
        self.blobs = blobs
        self._listing = listing

    @classmethod
    def at(cls, path: Path, session: Session | None = None) -> Self:
        """Open an archive.

        A compressed one, or a pipe, is copied to a temporary file first.

        Args:
            path: The file.
            session: Limits, where temporary files go, and who is told of them.

        Raises:
            NotFound: It is not there.
            InvalidDocument: It is no archive of a layout.
            Unsupported: Its compression or its layout version is not supported.
            LimitExceeded: It asks for more than the limits allow.
            StorageError: It cannot be read.
        """
        session = session or Session()
        file = opened_in_place(path, session)
        try:
            return cls._of(file, file.size, path, session)
        except BaseException:
            file.close()
            raise

    @classmethod
    def _of(cls, file: PositionalFile, size: int, path: Path, session: Session) -> Self:
        members = find_members(file, size, where=str(path))
        mark = _content(file, members.files.get(MARK_NAME), MARK_NAME, _MARK_BYTES, path)
        check_version(strict_json.load_object(mark, where=f"{path}: {MARK_NAME}"), where=str(path))
        index = _content(file, members.files.get(INDEX_NAME), INDEX_NAME, MAX_INDEX_BYTES, path)
        listing = Listing.parse(index, where=f"{path}: {INDEX_NAME}")
        return cls(path, ArchiveBlobs(file, members.blobs, label=label_of(path)), listing, session)

    def listing(self) -> Listing:
        """Return what the index lists."""
        return self._listing

    def close(self) -> None:
        """Close the file; safe to call more than once."""
        self.blobs.file.close()


def label_of(path: Path) -> str:
    """Return how people write an archive."""
    return f"oci-archive:{path}"


def _content(file: PositionalFile, member: Member | None, name: str, limit: int, path: Path) -> bytes:
    if member is None:
        raise InvalidDocument(f"{path} is not an OCI archive: it has no {name}")
    if member.size > limit:
        raise LimitExceeded(limit=f"{name} bytes", allowed=limit, where=str(path))
    return file.read_at(member.offset, member.size)
