"""Opening the file of an archive so that it can be read at any place: in place if it is a plain file.

A compressed one, or a pipe, is written to a temporary file first; who reads is warned of it.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from ...compression import DETECTION_BYTES, Compression, detect
from ...errors import NotFound
from ..layout import disk
from ..layout.blob_stream import PositionalFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ..session import Session


def opened_in_place(path: Path, session: Session) -> PositionalFile:
    """Open an archive.

    Args:
        path: The file.
        session: Where temporary files go, who is told of them, and what stops the work.

    Raises:
        NotFound: It is not there.
        InvalidDocument: Its compressed data is damaged.
        LimitExceeded: It expands to more than `oci.transports.oci_archive.spool.MAX_SPOOL_BYTES`.
        StorageError: It cannot be read.
        Unsupported: Its compression is not supported.
    """
    handle = _opened(path)
    try:
        with disk.storage_errors("read", path):
            is_file = stat.S_ISREG(os.fstat(handle).st_mode)
            if is_file:
                compression = detect(os.read(handle, DETECTION_BYTES))
                os.lseek(handle, 0, os.SEEK_SET)
                if compression is Compression.NONE:
                    return PositionalFile(handle, path)
    except BaseException:
        os.close(handle)
        raise
    with disk.closing(handle):
        kind = "compressed" if is_file else "a pipe"
        session.warn(f"{path} is {kind}: it is copied to a temporary file first")
        return opened_stream(_reader(handle, path), path, session)


def opened_stream(read: Callable[[int], bytes], path: Path, session: Session) -> PositionalFile:
    """Write an archive that comes as a stream to a temporary file, and open that.

    Args:
        read: Reads up to as many bytes as asked for; nothing only at the end.
        path: How the archive is called in messages.
        session: As for `opened_in_place`, which raises the same.
    """
    # Most archives need none of this, nor the modules it brings.
    from .spool import spooled

    copy = spooled(
        read, where=str(path), scratch=session.scratch, checkpoint=session.token.raise_if_cancelled
    )
    return PositionalFile(copy, path)


def _opened(path: Path) -> int:
    with disk.storage_errors("read", path):
        try:
            return os.open(path, os.O_RDONLY | disk.CLOSE_ON_EXEC)
        except FileNotFoundError as error:
            raise NotFound(f"there is no file {path}", name=str(path)) from error


def _reader(handle: int, path: Path) -> Callable[[int], bytes]:
    def read(size: int) -> bytes:
        with disk.storage_errors("read", path):
            return os.read(handle, size)

    return read
