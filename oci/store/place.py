"""Where a store keeps what: one directory that belongs to one user, and nobody else looks into.

::

    ROOT/
      store.db          names, documents, links, snapshots, leases (SQLite; -wal and -shm beside it)
      blobs/            content by digest, of a layout's shape
      snapshots/N/      one directory for each ChainID, in the form that overlayfs merges
      snapshots/.new-*  a layer that is being unpacked, locked by whoever does it
      mounts/           where images are mounted
      removed/          what is to be deleted, moved out of the way at once
      .ocitool/ingest/  blobs that are on their way in
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frozen import frozen
from ..transports.layout import disk
from ..transports.layout.blob_store import INGEST

if TYPE_CHECKING:
    from pathlib import Path


@frozen
class StorePlace:
    """The paths of a store.

    Args:
        root: Its directory.
    """

    root: Path

    @property
    def database(self) -> Path:
        """The database."""
        return self.root / "store.db"

    @property
    def blobs(self) -> Path:
        """Content by digest."""
        return self.root / "blobs"

    @property
    def ingest(self) -> Path:
        """Blobs on their way in."""
        return self.root / INGEST

    @property
    def snapshots(self) -> Path:
        """Unpacked layers."""
        return self.root / "snapshots"

    @property
    def mounts(self) -> Path:
        """Where images are mounted."""
        return self.root / "mounts"

    @property
    def removed(self) -> Path:
        """What is to be deleted."""
        return self.root / "removed"

    def make(self) -> None:
        """Make the directories that are missing.

        Nobody but the owner gets in: images hold set-user-ID programs of old.

        Raises:
            StorageError: The system refused.
        """
        with disk.storage_errors("create", self.root):
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for directory in (self.blobs, self.snapshots, self.mounts, self.removed):
                directory.mkdir(mode=0o700, exist_ok=True)
