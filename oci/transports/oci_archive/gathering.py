"""The private directory beside an archive, where its content is gathered until the archive is written.

It is named after the archive, so that a later run finds what an earlier one left; it belongs to one
user (0700) and, while it is locked, to one process.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from ... import lock
from ...errors import StorageError
from ..layout import disk
from ..layout.blob_store import BlobStore

if TYPE_CHECKING:
    from pathlib import Path

    from ..session import Session

_LOCK_NAME: Final = "lock"


class Gathering:
    """A locked private directory; made by `beside`.

    Args:
        directory: Where it is.
        blobs: What it holds.
        handle: The open lock.
    """

    def __init__(self, directory: Path, blobs: BlobStore, handle: int) -> None:
        self.directory = directory
        self.blobs = blobs
        self._handle: int | None = handle

    @classmethod
    def beside(cls, archive: Path, session: Session, *, label: str) -> Self:
        """Take the directory of an archive, and make it where there is none.

        Args:
            archive: The archive's path, which need not exist.
            session: Stops the waiting for another process.
            label: How the archive is called in messages.

        Raises:
            Locked: Another process holds it and does not finish.
            StorageError: The system refused, or the directory is somebody else's.
        """
        directory = archive.with_name(f".{archive.name}.ocitool")
        blobs = BlobStore(directory / "blobs", ingest=directory / "ingest", label=label, sleep=session.pause)
        with disk.storage_errors("write beside", archive):
            return cls(directory, blobs, _locked(directory, session))

    def leave(self) -> None:
        """Give the directory up; what it holds stays for a later run, if it holds anything."""
        if self._handle is not None and not self._holds_anything():
            self.remove()
        self._release()

    def remove(self) -> None:
        """Remove the directory with all it holds."""
        if self._handle is not None:
            shutil.rmtree(self.directory, ignore_errors=True)
        self._release()

    def _holds_anything(self) -> bool:
        self.blobs.tidy()
        return self.blobs.ingest_directory.exists() or any(True for _ in self.blobs.digests())

    def _release(self) -> None:
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)


def _locked(directory: Path, session: Session) -> int:
    path = directory / _LOCK_NAME

    def opened() -> int:
        while True:
            directory.mkdir(mode=0o700, exist_ok=True)
            _check_owner(directory)
            with suppress(FileNotFoundError):  # the last holder has just removed the directory
                return os.open(path, os.O_RDWR | os.O_CREAT | disk.CLOSE_ON_EXEC | disk.NO_FOLLOW, 0o600)

    return lock.open_locked(path, opened, sleep=session.pause)


def _check_owner(directory: Path) -> None:
    # In a directory that everybody may write to, somebody else could lay blobs there for us to find.
    found = directory.lstat()
    is_ours = not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or not is_ours:
        raise StorageError(
            f"{directory} is not a directory of this user",
            path=str(directory),
            hint="remove it, or write the archive elsewhere",
        )
