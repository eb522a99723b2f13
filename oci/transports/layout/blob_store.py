"""A directory of content-addressed files: ``<algorithm>/<hex>`` (image-spec, image-layout.md, "Blobs").

Knows files and digests; nothing of manifests, names, transfers or commands. A file has its final name only
when its digest was checked and its bytes are on the disk. What is not finished lies in a directory of its
own beside the blobs (`INGEST`), where no other tool looks, one locked partial file for each digest.
Only regular files are read or written, links are never followed, and a file whose size is not the one
that was asked for is as good as absent: other tools write blobs in place and may have been interrupted.

Several processes may share one directory, and methods may be called from several threads.
"""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ... import lock
from ...content import VerifiedReader
from ...content.sink import write_whole
from ...errors import DigestMismatch, InvalidDigest, NotFound, SizeMismatch
from ...spec import Digest
from . import disk
from .blob_stream import BlobStream, PositionalFile
from .blob_writer import BlobWriter, FinishedWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...content import Writer
    from ...spec import Descriptor

INGEST: Final = Path(".ocitool", "ingest")
"""Where unfinished files lie, in the directory that also holds the blobs' directory."""

PARTIAL_AGE_S: Final = 7 * 24 * 3600.0
"""Seconds after which a partial file that nobody continued may be collected."""


class BlobStore:
    """The blobs beneath one directory.

    Args:
        directory: Holds one directory per algorithm: a layout's ``blobs``, or a shared blob directory.
        ingest: Where unfinished files lie; on the same file system as ``directory``.
        label: How the store is called in messages.
        patience_s: Seconds to wait for another writer of the same blob that makes no progress.
        sleep: How to wait for other writers; raise from it to give up.
    """

    def __init__(
        self,
        directory: Path,
        *,
        ingest: Path,
        label: str = "",
        patience_s: float = lock.PATIENCE_S,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.directory = directory
        self.ingest_directory = ingest
        self.label = label or str(directory)
        self._patience_s = patience_s
        self._sleep = sleep

    def path_of(self, digest: Digest) -> Path:
        """Return where a blob lies, or would lie."""
        return self.directory / digest.algorithm / digest.encoded

    def partial_path_of(self, digest: Digest) -> Path:
        """Return where a blob lies, or would lie, while it is written."""
        return self.ingest_directory / f"{digest.algorithm}-{digest.encoded}"

    def size_of(self, digest: Digest) -> int | None:
        """Return the size in bytes of a blob that is there, or None.

        Raises:
            StorageError: The system does not let us look.
        """
        path = self.path_of(digest)
        with disk.storage_errors("look at", path):
            try:
                found = path.lstat()
            except (FileNotFoundError, NotADirectoryError):
                return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there with the size that its descriptor promises."""
        return self.size_of(descriptor.digest) == descriptor.size

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> BlobStream:
        """Open a blob's bytes, unverified, from an offset on.

        Args:
            descriptor: The blob.
            offset: Bytes to leave out.
            length: Bytes to deliver at most, or None for all that follow.

        Raises:
            NotFound: It is not there.
            SizeMismatch: It has another size than its descriptor promises.
            StorageError: It cannot be read, or is no regular file.
        """
        handle, path = self._open(descriptor.digest)
        size = os.fstat(handle).st_size
        if size != descriptor.size:
            os.close(handle)
            raise SizeMismatch(expected=descriptor.size, actual=size, where=str(path))
        rest = max(size - offset, 0)
        return BlobStream(PositionalFile(handle, path), offset, rest if length is None else min(length, rest))

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob for reading with its digest and size checked; raises what `stream` does."""
        return VerifiedReader(self.stream(descriptor), descriptor, where=str(self.path_of(descriptor.digest)))

    def read_small(self, digest: Digest, *, limit: int) -> bytes | None:
        """Read a small blob whose size is not known, and check its digest.

        Args:
            digest: The blob.
            limit: Bytes that it may have.

        Returns:
            Its content; None when it is not there or has more than ``limit`` bytes.

        Raises:
            DigestMismatch: The file holds other bytes.
        """
        path = self.path_of(digest)
        with disk.storage_errors("read", path):
            try:
                content = disk.read_small(path, limit=limit)
            except (FileNotFoundError, NotADirectoryError):
                return None
        if content is not None and (actual := Digest.of(content, digest.algorithm)) != digest:
            raise DigestMismatch(expected=str(digest), actual=str(actual), where=str(path))
        return content

    def ingest(self, descriptor: Descriptor) -> Writer:
        """Begin, or continue, to store a blob.

        Another writer of the same blob is waited for while it makes progress. When it has completed the blob,
        the writer returned is at its end already. A blob that is there is written anew: ask `exists` first.

        Raises:
            Locked: The other writer makes no progress.
            StorageError: The system refused.
        """
        digest = descriptor.digest
        partial = self.partial_path_of(digest)
        with disk.storage_errors("write to", partial):
            while True:
                handle = self._open_partial(partial)
                try:
                    self._lock(handle, partial)
                    if lock.is_at(handle, partial):
                        return BlobWriter(descriptor, partial, handle, self._placer(digest), where=self.label)
                except BaseException:
                    os.close(handle)
                    raise
                os.close(handle)
                if self.exists(descriptor):
                    return FinishedWriter(descriptor, where=self.label)

    def put(self, descriptor: Descriptor, content: bytes) -> None:
        """Store a small blob at hand, unless it is there.

        Raises:
            DigestMismatch: The bytes are not what the descriptor promises.
            SizeMismatch: They are more or fewer.
            StorageError: The system refused.
        """
        if self._holds(descriptor, content):
            return
        writer = self.ingest(descriptor)
        if writer.offset not in {0, descriptor.size}:
            # What an earlier run left of a small blob is not worth a doubt.
            writer.abort()
            writer = self.ingest(descriptor)
        write_whole(writer, content)

    def adopt(self, file: Path, digest: Digest) -> None:
        """Make a blob of a file that the caller has written and verified.

        Args:
            file: The file, on the same file system; it is moved.
            digest: What the caller found its digest to be.

        Raises:
            StorageError: The system refused.
        """
        with disk.storage_errors("store", file):
            handle = disk.open_regular(file)
            with disk.closing(handle):
                disk.sync_data(handle)
            self._placer(digest)(file)

    def link_from(self, origin: BlobStore, digest: Digest) -> bool:
        """Take a blob over from another store by a second name for the same file; nothing is copied.

        Args:
            origin: The other store.
            digest: The blob. Its content is not read; readers check it, as always.

        Returns:
            False when it is not there, or when the system declines (another file system, no hard links).
        """
        if origin.size_of(digest) is None:
            return False
        path = self.path_of(digest)
        with disk.storage_errors("store", path):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(origin.path_of(digest), path, follow_symlinks=False)
            except FileExistsError:
                return True
            except (OSError, NotImplementedError):
                return False
            disk.sync_directory(path.parent)
        return True

    def remove(self, digest: Digest) -> None:
        """Remove a blob.

        Raises:
            NotFound: It is not there.
        """
        path = self.path_of(digest)
        with disk.storage_errors("remove", path):
            try:
                path.unlink()
            except (FileNotFoundError, NotADirectoryError):
                raise self._not_found(digest) from None

    def digests(self) -> Iterator[Digest]:
        """Yield the digests of the blobs that are there, in order; files with other names are passed over."""
        with disk.storage_errors("list", self.directory):
            for algorithm in _sorted_names(self.directory):
                for encoded in _sorted_names(self.directory / algorithm):
                    with suppress(InvalidDigest):
                        yield Digest(algorithm, encoded)

    def collect_partials(self, *, now_s: float, older_than_s: float = PARTIAL_AGE_S) -> int:
        """Remove partial files that nobody has continued for long, and is not writing now.

        Args:
            now_s: The time now, in seconds since the epoch.
            older_than_s: Seconds since the last write.

        Returns:
            Bytes that were freed.
        """
        freed = 0
        with disk.storage_errors("collect", self.ingest_directory):
            for name in _sorted_names(self.ingest_directory):
                freed += _collect(self.ingest_directory / name, before_s=now_s - older_than_s)
        return freed

    def tidy(self) -> None:
        """Remove the directory of unfinished files when it is empty."""
        for directory in (self.ingest_directory, self.ingest_directory.parent):
            with suppress(OSError):
                directory.rmdir()

    def _open(self, digest: Digest) -> tuple[int, Path]:
        path = self.path_of(digest)
        with disk.storage_errors("read", path):
            try:
                return disk.open_regular(path), path
            except (FileNotFoundError, NotADirectoryError):
                raise self._not_found(digest) from None

    def _not_found(self, digest: Digest) -> NotFound:
        return NotFound(f"{self.label} has no content {digest}", name=str(digest))

    def _holds(self, descriptor: Descriptor, content: bytes) -> bool:
        path = self.path_of(descriptor.digest)
        with disk.storage_errors("read", path):
            try:
                return disk.read_small(path, limit=len(content)) == content
            except (FileNotFoundError, NotADirectoryError):
                return False

    def _open_partial(self, partial: Path) -> int:
        flags = os.O_RDWR | os.O_CREAT | disk.CLOSE_ON_EXEC | disk.NO_FOLLOW
        while True:
            partial.parent.mkdir(parents=True, exist_ok=True)
            # Another process may tidy up between the two calls.
            with suppress(FileNotFoundError):
                return os.open(partial, flags, 0o644)

    def _lock(self, handle: int, partial: Path) -> None:
        lock.wait_for_lock(handle, partial, patience_s=self._patience_s, sleep=self._sleep)

    def _placer(self, digest: Digest) -> Callable[[Path], None]:
        path = self.path_of(digest)

        def place(file: Path) -> None:
            path.parent.mkdir(parents=True, exist_ok=True)
            file.replace(path)
            disk.sync_directory(path.parent)

        return place


def _sorted_names(directory: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in directory.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _collect(partial: Path, *, before_s: float) -> int:
    try:
        found = partial.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_mtime >= before_s:
            return 0
        handle = os.open(partial, os.O_RDWR | disk.CLOSE_ON_EXEC | disk.NO_FOLLOW)
    except FileNotFoundError:
        return 0
    with disk.closing(handle):
        if not lock.try_lock(handle) or not lock.is_at(handle, partial):
            return 0
        partial.unlink()
    return found.st_size
