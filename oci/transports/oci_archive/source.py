"""Reading an archive where it lies: headers are looked at once, blobs are read at their offsets."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final, Self

from ...compression import DETECTION_BYTES, Compression, detect
from ...errors import InvalidDocument, LimitExceeded, NotFound
from ...spec import strict_json
from ..layout import disk
from ..layout.blob_stream import PositionalFile
from ..layout.index_file import INDEX_NAME, MARK_NAME, MAX_INDEX_BYTES
from ..layout.listing import Listing
from ..layout.reader import LayoutReader
from ..layout.store import check_version
from ..session import Session
from .blobs import ArchiveBlobs
from .member import find_members

if TYPE_CHECKING:
    from pathlib import Path

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
        handle = _opened(path)
        try:
            handle = _seekable(handle, path, session)
            size = os.fstat(handle).st_size
        except BaseException:
            os.close(handle)
            raise
        file = PositionalFile(handle, path)
        try:
            return cls._of(file, size, path, session)
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


def _opened(path: Path) -> int:
    with disk.storage_errors("read", path):
        try:
            return os.open(path, os.O_RDONLY | disk.CLOSE_ON_EXEC)
        except FileNotFoundError as error:
            raise NotFound(f"there is no file {path}", name=str(path)) from error


def _seekable(handle: int, path: Path, session: Session) -> int:
    """Return a handle that can be read at any place: this one, or a temporary copy's."""
    with disk.storage_errors("read", path):
        is_file = stat.S_ISREG(os.fstat(handle).st_mode)
        if is_file:
            compression = detect(os.read(handle, DETECTION_BYTES))
            os.lseek(handle, 0, os.SEEK_SET)
            if compression is Compression.NONE:
                return handle
    # Most archives need none of this, nor the modules it brings.
    from .spool import spooled

    session.warn(f"{path} is {'compressed' if is_file else 'a pipe'}: it is copied to a temporary file first")
    copy = spooled(handle, path, scratch=session.scratch, checkpoint=session.token.raise_if_cancelled)
    os.close(handle)
    return copy


def _content(file: PositionalFile, member: Member | None, name: str, limit: int, path: Path) -> bytes:
    if member is None:
        raise InvalidDocument(f"{path} is not an OCI archive: it has no {name}")
    if member.size > limit:
        raise LimitExceeded(limit=f"{name} bytes", allowed=limit, where=str(path))
    return file.read_at(member.offset, member.size)
