"""Checking a store: every byte against its digest, every name against what it needs; and repairing it.

Repairing takes damaged content out of use, so that the next pull fetches it again; it never invents any. What
lies in the store without a use is no damage: collecting deletes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DigestMismatch, NotFound, OciError, SizeMismatch
from ..frozen import frozen
from ..spec import Descriptor
from .collection import collect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..spec import Digest
    from .catalogue import Record
    from .store import ImageStore


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


def check_store(store: ImageStore, *, reads_content: bool = True, repairs: bool = False) -> list[Fault]:
    """Check a store; other processes may go on meanwhile.

    Args:
        store: The store.
        reads_content: Whether every blob is read and hashed; otherwise only that they are there, and their
            sizes, are looked at.
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
            with store.database.writing(durable=True) as connection:
                connection.execute("DELETE FROM snapshot WHERE number = ?", (number,))
        yield Fault(what=f"snapshot {number} ({chain}) has no directory", is_repaired=repairs)


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
