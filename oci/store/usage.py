"""What a store takes on the disk: blocks, not lengths; what has several names is counted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frozen import frozen
from .disk_size import BLOCK_BYTES, tree_bytes

if TYPE_CHECKING:
    from ..spec import Digest
    from .store import ImageStore


@frozen(kw_only=True)
class ImageUsage:
    """What an image takes.

    Args:
        digest: The digest of its manifest.
        total_bytes: All of its content and its unpacked layers.
        unique_bytes: What would be freed if it alone were removed.
    """

    digest: Digest
    total_bytes: int
    unique_bytes: int

    @property
    def shared_bytes(self) -> int:
        """What other images have as well."""
        return self.total_bytes - self.unique_bytes


@frozen(kw_only=True)
class Usage:
    """What a store takes.

    Args:
        images: Its images.
        total_bytes: Everything that is named or reachable, each thing once.
        other_bytes: What lies in the store besides: the database, interrupted work, what nothing needs.
    """

    images: tuple[ImageUsage, ...]
    total_bytes: int
    other_bytes: int


def usage_of(store: ImageStore) -> Usage:
    """Measure a store. What snapshots take is measured once, since they never change."""
    parts: dict[str, int] = {}
    owners: dict[str, set[Digest]] = {}
    records = [record for record in store.catalogue.documents() if record.is_root]
    for record in records:
        for name, size in _parts(store, record.descriptor.digest, set()).items():
            parts[name] = size
            owners.setdefault(name, set()).add(record.descriptor.digest)
    images = []
    for record in records:
        digest = record.descriptor.digest
        own = [name for name, who in owners.items() if digest in who]
        images.append(
            ImageUsage(
                digest=digest,
                total_bytes=sum(parts[name] for name in own),
                unique_bytes=sum(parts[name] for name in own if len(owners[name]) == 1),
            )
        )
    total = sum(parts.values())
    return Usage(images=tuple(images), total_bytes=total, other_bytes=tree_bytes(store.place.root) - total)


def _parts(store: ImageStore, digest: Digest, seen: set[Digest]) -> dict[str, int]:
    """Return everything that a document leads to, with what it takes."""
    found = {str(digest): _blob_bytes(store, digest)}
    seen.add(digest)
    for child, kind, _ in store.catalogue.children(digest):
        if kind == "document" and child not in seen:
            found |= _parts(store, child, seen)
        else:
            found[str(child)] = _blob_bytes(store, child)
    for chain in store.catalogue.chains(digest):
        snapshot = store.snapshots.find(chain)
        if snapshot is not None:
            found[f"chain {chain}"] = store.snapshots.disk_bytes(snapshot)
    return found


def _blob_bytes(store: ImageStore, digest: Digest) -> int:
    try:
        return store.blobs.path_of(digest).lstat().st_blocks * BLOCK_BYTES
    except OSError:
        return 0
