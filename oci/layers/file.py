"""Regular files of a layer, each made, filled and completed in as few calls as there can be.

A file costs an image's layer four calls: open, write, utime, close. Its owner and mode take two more, and
are what it was made with anyway, nearly always: so each directory is asked once what it gives to new files,
and only what differs is changed. The process's umask, default ACLs and directories that hand on their group
all show in the answer.

What an owner's mode is worth more for (set-user-ID, attributes) stays private until it is complete.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, LimitExceeded
from .flag import NEW_FILE

if TYPE_CHECKING:
    from ..tar import Header, SparseMap
    from .limit import LayerLimits
    from .metadata import Metadata
    from .path import LayerPath
    from .piece import PieceCursor
    from .tree import Tree

_PRIVATE: Final = 0o600


class FileWriter:
    """Writes the files of one layer.

    Args:
        cursor: Stands at the file's body when it is written.
        tree: Where to.
        metadata: Completes the file.
        limits: Bounds.
        where: Which layer, for error messages.
    """

    def __init__(
        self, cursor: PieceCursor, tree: Tree, metadata: Metadata, limits: LayerLimits, where: str
    ) -> None:
        self._cursor = cursor
        self._tree = tree
        self._metadata = metadata
        self._limit = limits.file_bytes
        self._where = where
        self.total_bytes = 0
        """Bytes of all files so far, holes included."""

    def write(self, path: LayerPath, header: Header) -> int:
        """Write a file in place of whatever has its name.

        Returns:
            How many bytes of the body were used.

        Raises:
            InvalidDocument: The archive ends in the middle of it.
            LimitExceeded: It is larger than a file may be.
            OSError: The system refused.
        """
        sparse = header.sparse
        size = header.size if sparse is None else sparse.size
        if size > self._limit:
            raise LimitExceeded(limit="file_bytes", allowed=self._limit, where=f"{self._where}: {path}")
        is_simple = self._metadata.is_simple(header)
        mode = header.mode if is_simple else _PRIVATE
        directory = self._tree.directory(path.directory)
        try:
            descriptor = os.open(path.name, NEW_FILE, mode, dir_fd=directory.descriptor)
        except FileExistsError:
            directory = self._tree.cleared(path.directory, path.name)
            descriptor = os.open(path.name, NEW_FILE, mode, dir_fd=directory.descriptor)
        try:
            if sparse is not None:
                self._pour_parts(descriptor, sparse, path)
            elif size:
                self._pour(descriptor, size, path)
            if is_simple:
                self._metadata.of_simple_file(descriptor, header, path, directory.heritage)
            else:
                self._metadata.of_file(descriptor, header, path)
        finally:
            os.close(descriptor)
        self.total_bytes += size
        return header.size

    def _pour(self, descriptor: int, size: int, path: LayerPath) -> None:
        whole = self._cursor.at_hand(size)
        if whole is not None:
            _write(descriptor, whole)
            return
        left = size
        for view in self._cursor.views(size):
            left -= len(view)
            _write(descriptor, view)
        if left:
            raise InvalidDocument(f"{self._where}: {path}: the archive ends in the middle of a file")

    def _pour_parts(self, descriptor: int, sparse: SparseMap, path: LayerPath) -> None:
        """Write the parts of a sparse file where they belong; what is left out is a hole."""
        for part in sparse.parts:
            os.lseek(descriptor, part.offset, os.SEEK_SET)
            self._pour(descriptor, part.size, path)
        os.ftruncate(descriptor, sparse.size)


def _write(descriptor: int, view: memoryview) -> None:
    while view:
        view = view[os.write(descriptor, view) :]
