"""Collecting: what no root leads to and no process relies on is taken out of use, then deleted.

To take something out of use is one transaction: whoever takes a lease does so before or after it, and sees in
the second case that the content is gone. Files are deleted within the transaction, directories are moved away
and deleted after it. A crash in between leaves rows without files, which count as absent everywhere.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ..frozen import frozen
from ..layers import remove_tree
from ..layers.flag import OWN_DIRECTORY
from ..lock import is_at, try_lock
from ..spec import Digest
from ..transports.layout import disk
from .disk_size import tree_bytes
from .lease import chain_item, end_dead_leases
from .mount import mounted_images
from .process import boot_id
from .snapshot import STAGING_PREFIX, move_away

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from .store import ImageStore

PARTIAL_AGE_S: Final = 7 * 24 * 3600.0
"""Seconds after which an interrupted download is given up."""

_DELETE_UNREACHED: Final = """
WITH RECURSIVE live (digest) AS (
    SELECT digest FROM document WHERE is_root
    UNION SELECT item FROM lease_item
    UNION SELECT link.child FROM live JOIN link ON link.parent = live.digest WHERE link.kind = 'document'
)
DELETE FROM document WHERE digest NOT IN (SELECT digest FROM live)
"""


@frozen(kw_only=True)
class Collected:
    """What was deleted.

    Args:
        blobs: Blobs.
        snapshots: Unpacked layers, those that were never finished too.
        freed_bytes: What they took on the disk, interrupted downloads included.
    """

    blobs: int
    snapshots: int
    freed_bytes: int


def collect(store: ImageStore, *, partial_age_s: float = PARTIAL_AGE_S) -> Collected:
    """Delete what nothing needs; other processes may go on meanwhile.

    Args:
        store: The store.
        partial_age_s: Seconds since the last write of an interrupted download that is given up.

    Raises:
        StorageError: The system refused.
    """
    with store.database.writing(durable=False) as connection:
        end_dead_leases(connection)
        for digest in mounted_images(store):
            connection.execute("UPDATE document SET is_root = 1 WHERE digest = ?", (str(digest),))
        connection.execute(_DELETE_UNREACHED)
        blobs, blob_bytes = _delete_blobs(store, connection)
        _retire_snapshots(store, connection)
    snapshots, snapshot_bytes = _delete_removed(store.place.removed)
    partial_bytes = store.blobs.collect_partials(now_s=store.clock(), older_than_s=partial_age_s)
    return Collected(
        blobs=blobs, snapshots=snapshots, freed_bytes=blob_bytes + snapshot_bytes + partial_bytes
    )


def _delete_blobs(store: ImageStore, connection: sqlite3.Connection) -> tuple[int, int]:
    rows = connection.execute(
        """SELECT digest FROM document UNION SELECT item FROM lease_item
           UNION SELECT child FROM link JOIN document ON digest = parent
             WHERE kind <> 'document' AND (kind <> 'layer' OR keeps_layers)"""
    )
    wanted = {digest for (digest,) in rows}
    count = size = 0
    for digest in list(store.blobs.digests()):
        if str(digest) not in wanted:
            path = store.blobs.path_of(digest)
            with disk.storage_errors("remove", path):
                size += path.lstat().st_blocks * 512
                path.unlink()
            count += 1
    return count, size


def _retire_snapshots(store: ImageStore, connection: sqlite3.Connection) -> None:
    """Take snapshots out of use that nothing needs, and what looks like one and is none."""
    held = {item for (item,) in connection.execute("SELECT item FROM lease_item")}
    wanted = {chain for (chain,) in connection.execute("SELECT chain_id FROM chain")}
    kept: set[str] = set()
    rows = connection.execute("SELECT number, chain_id, unsynced_boot FROM snapshot").fetchall()
    for number, chain, unsynced_boot in rows:
        is_sound = unsynced_boot in {None, boot_id()}
        if is_sound and (chain in wanted or chain_item(Digest.parse(chain)) in held):
            kept.add(str(number))
        else:
            connection.execute("DELETE FROM snapshot WHERE number = ?", (number,))
    with disk.storage_errors("list", store.place.snapshots):
        for path in list(store.place.snapshots.iterdir()):
            is_staging = path.name.startswith(STAGING_PREFIX)
            if (is_staging and _is_abandoned(path)) or (not is_staging and path.name not in kept):
                move_away(path, store.place.removed)


def _is_abandoned(staging: Path) -> bool:
    """Tell whether nobody is at a directory in which a layer was to be unpacked."""
    try:
        descriptor = os.open(staging, OWN_DIRECTORY)
    except FileNotFoundError:
        return False
    with disk.closing(descriptor):
        return try_lock(descriptor) and is_at(descriptor, staging)


def _delete_removed(removed: Path) -> tuple[int, int]:
    count = size = 0
    with disk.storage_errors("remove", removed):
        for holder in list(removed.iterdir()):
            size += tree_bytes(holder)
            # Another collector may be at the same.
            with suppress(FileNotFoundError):
                remove_tree(holder)
                count += 1
    return count, size
