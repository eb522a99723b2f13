"""The blobs of an image directory: the same careful files as a layout's, with other names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from ..layout import disk
from ..layout.blob_store import INGEST, BlobStore
from .file_name import blob_name, digest_in, is_blob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ...spec import Digest

WORK: Final = INGEST.parent.name
"""Where unfinished files lie, in the directory itself; removed when it is empty."""


class DirectoryBlobs(BlobStore):
    """Blobs side by side in one directory.

    Args:
        directory: The directory.
        sleep: How to wait for other writers; raise from it to give up.
    """

    def __init__(self, directory: Path, *, sleep: Callable[[float], object] = time.sleep) -> None:
        super().__init__(directory, ingest=directory / INGEST, label=f"dir:{directory}", sleep=sleep)

    def path_of(self, digest: Digest) -> Path:
        """Return where a blob lies, or would lie."""
        return self.directory / blob_name(digest)

    def digests(self) -> Iterator[Digest]:
        """Yield the digests of the blobs that are there, in order; other files are passed over."""
        with disk.storage_errors("list", self.directory):
            names = sorted(path.name for path in self.directory.iterdir() if is_blob(path.name))
        for name in names:
            digest = digest_in(name)
            assert digest is not None
            yield digest
