"""Snapshots: unpacked layers, one directory for each ChainID, in the form that overlayfs merges.

A snapshot is made in a directory of its own, whose lock says that somebody is at it; it gets its number and
its place in the database at once, when its layer has proven to be what was promised. From then on it never
changes.

The files of a snapshot reach the disk some time later. Until `Snapshots.sync` has waited for that, the
database says which boot the snapshot is of; after a power cut it is of another one, and counts as absent.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..frozen import frozen
from ..layers import remove_tree
from ..layers.flag import OWN_DIRECTORY
from ..linux.syncfs import sync_file_system
from ..lock import is_at, try_lock
from ..spec import Digest
from ..transports.layout import disk
from .disk_size import tree_bytes
from .process import boot_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .database import Database
    from .place import StorePlace

STAGING_PREFIX: Final = ".new-"
_STAGING_DIGITS: Final = 40
_NAP_S: Final = 0.05


@frozen
class Snapshot:
    """A layer that is unpacked.

    Args:
        number: Its directory's name.
        chain_id: What it is, with all that lies below it.
        directory: Where it is.
    """

    number: int
    chain_id: Digest
    directory: Path


class Staging:
    """A directory in which a layer is unpacked, while it is locked.

    Args:
        chain_id: What is to become of it.
        path: Where it is.
        descriptor: It, open and locked.
    """

    def __init__(self, chain_id: Digest, path: Path, descriptor: int) -> None:
        self.chain_id = chain_id
        self.path = path
        self.descriptor = descriptor

    def discard(self) -> None:
        """Remove it, with whatever is in it."""
        with suppress(OSError):
            remove_tree(self.path)
        self.release()

    def release(self) -> None:
        """Let others at it; safe to call more than once."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class Snapshots:
    """The snapshots of a store.

    Args:
        place: The store's paths.
        database: Its database.
        clock: Tells the seconds since 1970.
    """

    def __init__(self, place: StorePlace, database: Database, clock: Callable[[], float]) -> None:
        self._place = place
        self._database = database
        self._clock = clock

    def find(self, chain_id: Digest) -> Snapshot | None:
        """Return a snapshot that is there and can be relied on, or None."""
        row = self._database.row(
            "SELECT number FROM snapshot WHERE chain_id = ? AND (unsynced_boot IS NULL OR unsynced_boot = ?)",
            (str(chain_id), boot_id()),
        )
        # A crash in the middle of collecting leaves the row alone.
        return None if row is None or not self._path(row[0]).is_dir() else self._snapshot(row[0], chain_id)

    def disk_bytes(self, snapshot: Snapshot) -> int:
        """Return what a snapshot takes on the disk; measured once."""
        row = self._database.row("SELECT disk_bytes FROM snapshot WHERE number = ?", (snapshot.number,))
        if row is not None and row[0] is not None:
            return int(row[0])
        size = tree_bytes(snapshot.directory)
        if not self._database.is_readable_only:
            with self._database.writing(durable=False) as connection:
                connection.execute(
                    "UPDATE snapshot SET disk_bytes = ? WHERE number = ?", (size, snapshot.number)
                )
        return size

    def all(self) -> list[Snapshot]:
        """Return all snapshots that can be relied on."""
        rows = self._database.rows(
            """SELECT number, chain_id FROM snapshot
               WHERE unsynced_boot IS NULL OR unsynced_boot = ? ORDER BY number""",
            (boot_id(),),
        )
        return [self._snapshot(number, Digest.parse(chain)) for number, chain in rows]

    def expanded_bytes(self, chains: Sequence[Digest]) -> int | None:
        """Return the bytes of the archives in an image's layers, expanded; None where one is not unpacked."""
        total = 0
        for chain in chains:
            row = self._database.row("SELECT expanded_bytes FROM snapshot WHERE chain_id = ?", (str(chain),))
            if row is None:
                return None
            total += row[0]
        return total

    def shared_bytes(self, chains: Sequence[Digest]) -> int:
        """Return how many bytes of an image's layers belong to other images as well."""
        total = 0
        for chain in chains:
            row = self._database.row(
                """SELECT expanded_bytes FROM snapshot WHERE chain_id = ?1
                   AND (SELECT count(DISTINCT document) FROM chain WHERE chain_id = ?1) > 1""",
                (str(chain),),
            )
            total += 0 if row is None else row[0]
        return total

    def stack(self, chains: Sequence[Digest]) -> list[Snapshot] | None:
        """Return the snapshots of a whole image, lowest first; None where one is missing."""
        found = [snapshot for chain in chains if (snapshot := self.find(chain)) is not None]
        return found if len(found) == len(chains) else None

    def begin(self, chain_id: Digest) -> Staging | None:
        """Make a directory to unpack a layer in; None while somebody else is at the same.

        What somebody left who did not come to an end is thrown away.

        Raises:
            StorageError: The system refused.
        """
        path = self._place.snapshots / f"{STAGING_PREFIX}{chain_id.encoded[:_STAGING_DIGITS]}"
        with disk.storage_errors("create", path):
            while True:
                with suppress(FileExistsError):
                    path.mkdir(mode=0o700)
                try:
                    descriptor = os.open(path, OWN_DIRECTORY)
                except FileNotFoundError:
                    continue
                if not try_lock(descriptor):
                    os.close(descriptor)
                    return None
                if not is_at(descriptor, path):
                    os.close(descriptor)
                    continue
                if next(path.iterdir(), None) is None:
                    return Staging(chain_id, path, descriptor)
                self._throw_away(path)
                os.close(descriptor)

    def begin_in_turn(
        self, chain_id: Digest, *, sleep: Callable[[float], object] = time.sleep
    ) -> Staging | None:
        """Do the same, after whoever else is at it; None where the snapshot is there then.

        Args:
            chain_id: The snapshot.
            sleep: How to wait; raise from it to give up.
        """
        while self.find(chain_id) is None:
            staging = self.begin(chain_id)
            if staging is None:
                sleep(_NAP_S)
            elif self.find(chain_id) is None:
                return staging
            else:
                staging.discard()
        return None

    def commit(self, staging: Staging, parent: Digest | None, *, expanded_bytes: int) -> Snapshot:
        """Make a snapshot of what was unpacked and verified.

        Args:
            staging: Where it is.
            parent: The ChainID of what lies below it, or None for a lowest layer.
            expanded_bytes: Bytes of its archive.

        Raises:
            StorageError: The system refused.
        """
        chain = str(staging.chain_id)
        stale: list[Path] = []
        with (
            disk.storage_errors("store", staging.path),
            self._database.writing(durable=False) as connection,
        ):
            # One that a power cut has left in doubt.
            for (number,) in connection.execute("SELECT number FROM snapshot WHERE chain_id = ?", (chain,)):
                stale.append(self._path(number))
            connection.execute("DELETE FROM snapshot WHERE chain_id = ?", (chain,))
            cursor = connection.execute(
                """INSERT INTO snapshot (chain_id, parent, unsynced_boot, expanded_bytes, added_s)
                   VALUES (?, ?, ?, ?, ?)""",
                (chain, None if parent is None else str(parent), boot_id(), expanded_bytes, self._clock()),
            )
            assert cursor.lastrowid is not None
            final = self._path(cursor.lastrowid)
            for path in (*stale, final):
                if path.exists():
                    move_away(path, self._place.removed)
            staging.path.rename(final)
        staging.release()
        return Snapshot(cursor.lastrowid, staging.chain_id, final)

    def sync(self, chains: Sequence[Digest]) -> None:
        """Wait until snapshots are on the disk, so that they outlive a power cut.

        Raises:
            StorageError: The disk could not be written.
        """
        texts = [str(chain) for chain in chains]
        waiting = [
            chain
            for chain in texts
            if self._database.row(
                "SELECT 1 FROM snapshot WHERE chain_id = ? AND unsynced_boot IS NOT NULL", (chain,)
            )
        ]
        if not waiting:
            return
        with disk.storage_errors("sync", self._place.snapshots):
            descriptor = os.open(self._place.snapshots, OWN_DIRECTORY)
            with disk.closing(descriptor):
                sync_file_system(descriptor)
        with self._database.writing(durable=True) as connection:
            connection.executemany(
                "UPDATE snapshot SET unsynced_boot = NULL WHERE chain_id = ? AND unsynced_boot = ?",
                [(chain, boot_id()) for chain in waiting],
            )

    def _snapshot(self, number: int, chain_id: Digest) -> Snapshot:
        return Snapshot(number, chain_id, self._path(number))

    def _path(self, number: int) -> Path:
        return self._place.snapshots / str(number)

    def _throw_away(self, path: Path) -> None:
        remove_tree(move_away(path, self._place.removed))


def move_away(path: Path, removed: Path) -> Path:
    """Take something out of use at once; to delete it may take longer.

    Args:
        path: What is not wanted any more.
        removed: The directory for such things, on the same file system.

    Returns:
        Where it is now.
    """
    while True:
        holder = Path(tempfile.mkdtemp(prefix="r", dir=removed))
        try:
            return path.rename(holder / path.name)
        except FileNotFoundError:
            # Another process has deleted the empty holder, or it was the thing itself that has gone.
            if holder.exists():
                holder.rmdir()
                raise
