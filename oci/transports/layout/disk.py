"""Careful file operations: what is replaced is replaced whole, and a refusal of the system says what to do.

Knows nothing of images. An `OSError` is wrapped here and nowhere else in this room.
Works without what only some systems have (``O_NOFOLLOW``, directory handles, ``posix_fadvise``).
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO

    from _typeshed import ReadableBuffer

NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
"""Flag that refuses a symbolic link as the last component of a path."""

CLOSE_ON_EXEC: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_WAITING: Final = getattr(os, "O_NONBLOCK", 0)
_DIRECTORY: Final = getattr(os, "O_DIRECTORY", 0)

_NO_SPACE: Final = "free some space there; a second run continues with what has been stored"
_READ_ONLY: Final = "the file system is mounted read-only; choose another destination"
_FORBIDDEN: Final = "check the owner and the permissions of the file and of the directories above it"
_HINTS: Final = {
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ELOOP: "a symbolic link is not followed here; copy the files it leads to (cp -rL)",
    errno.EMFILE: "too many files are open; raise the limit (ulimit -n)",
}

NOT_BY_THE_KERNEL: Final = frozenset(
    {errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM, errno.ETXTBSY}
)
"""Refusals of ``copy_file_range`` that say: copy it yourself."""


@contextmanager
def storage_errors(doing: str, path: Path) -> Iterator[None]:
    """Turn the system's refusals into `StorageError`.

    Args:
        doing: What is being done, as in ``cannot <doing> <path>``.
        path: What it is done to.
    """
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot {doing} {path}: {error.strerror or error}",
            path=str(path),
            errno=error.errno,
            hint=_HINTS.get(error.errno or 0, ""),
        ) from error


def open_regular(path: Path) -> int:
    """Open a regular file for reading, never following a link, never waiting on a pipe.

    Raises:
        FileNotFoundError: It is not there.
        OSError: It cannot be opened, or is not a regular file.
    """
    handle = os.open(path, os.O_RDONLY | CLOSE_ON_EXEC | NO_FOLLOW | _NO_WAITING)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return handle


def read_small(path: Path, *, limit: int) -> bytes | None:
    """Read a small regular file.

    Args:
        path: The file.
        limit: Bytes to read at most.

    Returns:
        Its content, or None when it has more than ``limit`` bytes.

    Raises:
        FileNotFoundError: It is not there.
        OSError: It cannot be read.
    """
    with open(open_regular(path), "rb", buffering=0) as file:
        content = bytearray()
        while len(content) <= limit and (piece := file.read(limit + 1 - len(content))):
            content += piece
    return None if len(content) > limit else bytes(content)


def write_all(handle: int, data: ReadableBuffer) -> None:
    """Write every byte of a buffer at the handle's position."""
    with memoryview(data) as view, view.cast("B") as rest:
        done = 0
        while done < len(rest):
            done += os.write(handle, rest[done:])


def scratch_directory(directory: Path | None) -> Path:
    """Return where temporary files go: to the directory that was named, or to the system's usual place."""
    import tempfile

    return directory or Path(tempfile.gettempdir())


def nameless_file(directory: Path | None) -> FileIO:
    """Make a temporary file, without a name where the system allows that: a killed process leaves none.

    Args:
        directory: Where its bytes go; None for the system's usual place.

    Raises:
        StorageError: The system refused.
    """
    import tempfile

    with storage_errors("make a temporary file in", scratch_directory(directory)):
        return tempfile.TemporaryFile(dir=directory, buffering=0)


def replace_file(path: Path, content: bytes, *, scratch: Path) -> None:
    """Give a file new content, durably and at once.

    Args:
        path: The file, which may be absent.
        content: All of its new bytes.
        scratch: A name in the same directory that nobody else uses at this time.
    """
    _write_durably(scratch, content, mode_of(path))
    try:
        scratch.replace(path)
    except BaseException:
        with suppress(OSError):
            scratch.unlink()
        raise
    sync_directory(path.parent)


def create_file(path: Path, content: bytes) -> None:
    """Create a small file unless it exists; nobody sees it without its content.

    Args:
        path: The file. One that exists is left alone.
        content: Its bytes.
    """
    if path.exists():
        return
    scratch = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_native_id()}")
    _write_durably(scratch, content, 0o644)
    try:
        os.link(scratch, path)
    except FileExistsError:
        pass
    except OSError:
        # No hard links here (FAT, some network mounts): a lost race is lost to equal bytes.
        scratch.replace(path)
    with suppress(FileNotFoundError):
        scratch.unlink()
    sync_directory(path.parent)


def _write_durably(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | CLOSE_ON_EXEC | NO_FOLLOW, mode)
    try:
        with closing(handle):
            write_all(handle, content)
            os.fsync(handle)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


@contextmanager
def closing(handle: int) -> Iterator[None]:
    """Close a handle at the end of the block, whatever happened in it."""
    try:
        yield
    finally:
        os.close(handle)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable, where the system offers that."""
    if not _DIRECTORY:
        return
    handle = os.open(path, os.O_RDONLY | _DIRECTORY | CLOSE_ON_EXEC)
    with closing(handle):
        os.fsync(handle)


def start_writing_back(handle: int, offset: int, length: int) -> None:
    """Ask the kernel to begin to write a range to the disk, without waiting for it.

    The final ``fdatasync`` then finds little left to do. Pages that are not on disk yet stay in the
    page cache (posix_fadvise(2), ``POSIX_FADV_DONTNEED``: "pages that have not yet been written out will
    be unaffected").
    """
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(handle, offset, length, os.POSIX_FADV_DONTNEED)


def sync_data(handle: int) -> None:
    """Wait until a file's bytes and size are on the disk."""
    getattr(os, "fdatasync", os.fsync)(handle)


def mode_of(path: Path) -> int:
    """Return the permissions of a file; for one that is absent, those of a new file."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0o644
