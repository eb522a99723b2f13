"""Writing an archive: the layout's files in a fixed order with fixed owners, modes and times.

``oci-layout`` and ``index.json`` come first, so that a reader of a stream knows early what it gets; then the
blobs by digest. Equal images give equal bytes, whatever the order in which they arrived. Bodies are copied
by the kernel where it can do that.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ...errors import StorageError
from ...tar import END, Header, Kind, encode_header, padding
from ..layout import disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from ...spec import Digest

_COPY_BYTES: Final = 32 * 1024 * 1024


class Body:
    """Where the bytes of a blob come from.

    Args:
        handle: An open file.
        offset: Where they begin in it.
        size: Their number.
    """

    __slots__ = ("handle", "offset", "size")

    def __init__(self, handle: int, offset: int, size: int) -> None:
        self.handle = handle
        self.offset = offset
        self.size = size


class Assembly:
    """Writes one archive.

    Args:
        handle: The new file, open for writing and empty.
        path: Its name, for error messages.
        modified_s: Every member's modification time, in seconds since the epoch.
        checkpoint: Called now and then; raise from it to stop.
    """

    def __init__(self, handle: int, path: Path, *, modified_s: int, checkpoint: Callable[[], None]) -> None:
        self._handle = handle
        self._path = path
        self._modified_s = modified_s
        self._checkpoint = checkpoint

    def write(
        self, files: Mapping[str, bytes], digests: Iterable[Digest], body_of: Callable[[Digest], Body]
    ) -> None:
        """Write everything, up to the end marker, and wait until it is on the disk.

        Args:
            files: The small files by name, in order.
            digests: The blobs.
            body_of: Opens a blob; its handle is closed here.

        Raises:
            StorageError: The system refused.
        """
        with disk.storage_errors("write", self._path):
            for name, content in files.items():
                self._header(name, len(content))
                disk.write_all(self._handle, content + padding(len(content)))
            self._directory("blobs")
            algorithm = ""
            for digest in sorted(set(digests)):
                if digest.algorithm != algorithm:
                    algorithm = digest.algorithm
                    self._directory(f"blobs/{algorithm}")
                self._blob(digest, body_of(digest))
            disk.write_all(self._handle, END)
            disk.sync_data(self._handle)

    def _header(self, name: str, size: int) -> None:
        header = Header(name=name, size=size, mode=0o644, modified_s=self._modified_s)
        disk.write_all(self._handle, encode_header(header))

    def _directory(self, name: str) -> None:
        header = Header(name=f"{name}/", kind=Kind.DIRECTORY, mode=0o755, modified_s=self._modified_s)
        disk.write_all(self._handle, encode_header(header))

    def _blob(self, digest: Digest, body: Body) -> None:
        with disk.closing(body.handle):
            self._header(f"blobs/{digest.algorithm}/{digest.encoded}", body.size)
            done = 0
            while done < body.size:
                self._checkpoint()
                wanted = min(body.size - done, _COPY_BYTES)
                count = _copy_range(body.handle, self._handle, wanted, body.offset + done)
                if not count:
                    raise StorageError(f"{digest} became shorter while it was copied", path=str(self._path))
                self._write_back(count)
                done += count
            disk.write_all(self._handle, padding(body.size))

    def _write_back(self, count: int) -> None:
        end = os.lseek(self._handle, 0, os.SEEK_CUR)
        disk.start_writing_back(self._handle, end - count, count)


def _copy_range(source: int, target: int, size: int, offset: int) -> int:
    """Append a stretch of a file to another one; return how many bytes were copied, 0 at the end."""
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source, target, size, offset_src=offset)
        except OSError as error:
            if error.errno not in disk.NOT_BY_THE_KERNEL:
                raise
    os.lseek(source, offset, os.SEEK_SET)
    piece = os.read(source, min(size, 1024 * 1024))
    disk.write_all(target, piece)
    return len(piece)
