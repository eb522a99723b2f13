"""Checking a store: bytes against digests, names against what they need, files against layers; repairing it.

Repairing takes damaged content out of use, so that the next pull fetches it again; it never invents any. What
lies in the store without a use is no damage: collecting deletes it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import DigestMismatch, NotFound, OciError, SizeMismatch
from ..frozen import frozen
from ..layers import LayerLimits, LayerStream
from ..spec import Descriptor
from .collection import collect
from .comparison import LayerContent
from .pull import rungs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..spec import Digest
    from .catalogue import Record
    from .snapshot import Snapshot
    from .store import ImageStore
    from .unpacking import Rung


@frozen(kw_only=True)
class Fault:
    """Something that is wrong.

    Args:
        what: What is wrong, in one line.
        image: The digest of the image that cannot be used for it, or None.
        is_repaired: Whether it has been taken out of use.
    """

    what: str
    image: Digest | None = None
    is_repaired: bool = False


def check_store(
    store: ImageStore, *, reads_content: bool = True, reads_files: bool = False, repairs: bool = False
) -> list[Fault]:
    """Check a store; other processes may go on meanwhile.

    Args:
        store: The store.
        reads_content: Whether every blob is read and hashed, and unpacked layers are held against them (their
            names, kinds and sizes); otherwise only that they are there, and their sizes, are looked at.
        reads_files: Whether what unpacked files hold is compared, too.
        repairs: Whether what is damaged is taken out of use.

    Returns:
        What is wrong; nothing, for a sound store.

    Raises:
        StorageError: The system refused.
    """
    faults = list(_database(store))
    if reads_content:
        faults += _content(store, repairs=repairs)
    faults += _snapshots(store, repairs=repairs)
    if reads_content:
        faults += _trees(store, reads_files=reads_files, repairs=repairs)
    faults += [fault for record in store.catalogue.documents() for fault in _image(store, record)]
    if repairs:
        collect(store)
    return faults


def _database(store: ImageStore) -> Iterator[Fault]:
    for (text,) in store.database.rows("PRAGMA integrity_check"):
        if text != "ok":
            yield Fault(what=f"{store.place.database}: {text}")
    for table, *_ in store.database.rows("PRAGMA foreign_key_check"):
        yield Fault(what=f"{store.place.database}: a row of {table} belongs to nothing")


def _content(store: ImageStore, *, repairs: bool) -> Iterator[Fault]:
    for digest in list(store.blobs.digests()):
        try:
            link = Descriptor("application/octet-stream", digest, store.size_of(digest))
            buffer = memoryview(bytearray(1024 * 1024))
            with store.fetch(link) as reader:
                while reader.readinto(buffer):
                    pass
        except NotFound:
            continue  # collected meanwhile
        except (DigestMismatch, SizeMismatch) as error:
            if repairs:
                store.blobs.remove(digest)
            yield Fault(what=error.message, is_repaired=repairs)


def _snapshots(store: ImageStore, *, repairs: bool) -> Iterator[Fault]:
    for number, chain in store.database.rows("SELECT number, chain_id FROM snapshot"):
        if (store.place.snapshots / str(number)).is_dir():
            continue
        if repairs:
            _forget(store, number)
        yield Fault(what=f"snapshot {number} ({chain}) has no directory", is_repaired=repairs)


def _trees(store: ImageStore, *, reads_files: bool, repairs: bool) -> Iterator[Fault]:
    seen: set[Digest] = set()
    for rung in _rungs(store):
        snapshot = store.snapshots.find(rung.chain_id)
        if snapshot is None or rung.chain_id in seen or store.blobs.size_of(rung.layer.digest) is None:
            continue
        seen.add(rung.chain_id)
        try:
            found = _differences(store, rung, snapshot, reads_files=reads_files)
        except (OciError, FileNotFoundError):
            continue  # the blob is damaged, which was told, or the snapshot was collected meanwhile
        if found and repairs:
            _forget(store, snapshot.number)
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        if found:
            yield Fault(
                what=f"snapshot {snapshot.number} ({rung.chain_id}): {found[0]}{more}", is_repaired=repairs
            )


def _differences(store: ImageStore, rung: Rung, snapshot: Snapshot, *, reads_files: bool) -> list[str]:
    limits = LayerLimits()
    layer = LayerStream(
        lambda: store.fetch(rung.layer), rung.diff_id, limits=limits, where=str(rung.layer.digest)
    )
    content = LayerContent(layer, limits=limits, reads_files=reads_files)
    return list(content.differences(snapshot.directory, has_devices=os.geteuid() == 0))


def _rungs(store: ImageStore) -> Iterator[Rung]:
    for record in store.catalogue.documents():
        if record.is_image:
            # What an image lacks is told where images are looked at.
            with suppress(OciError):
                manifest = store.manifest(record.descriptor.digest)
                yield from rungs_of(manifest, store.config(manifest))


def _forget(store: ImageStore, number: int) -> None:
    with store.database.writing(durable=True) as connection:
        connection.execute("DELETE FROM snapshot WHERE number = ?", (number,))


def _image(store: ImageStore, record: Record) -> Iterator[Fault]:
    """Find what a document lacks; that of a root, since the rest may be on its way in or out."""
    digest = record.descriptor.digest
    if not record.is_root:
        return
    name = record.names[0] if record.names else str(digest)
    try:
        store.document(record.descriptor)
    except OciError as error:
        yield Fault(what=f"{name}: {error.message}", image=digest)
        return
    for child, kind, size in store.catalogue.children(digest):
        if kind == "document" or (kind == "layer" and not record.keeps_layers):
            continue  # an index may lack images; layers may have been thrown away
        if store.blobs.size_of(child) != size:
            yield Fault(what=f"{name}: {kind} {child} is missing", image=digest)
    if not record.keeps_layers and store.snapshots.stack(store.catalogue.chains(digest)) is None:
        yield Fault(what=f"{name}: neither its layers nor their files are there", image=digest)
