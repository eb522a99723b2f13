"""A layout directory as a store of images: a source, and a sink that several processes may share.

Blobs are on the disk before the index names what needs them. A directory that holds something
else than a layout is never written to. Blobs may also lie in a directory that several layouts
share; then nothing is looked for in the layout's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

from ...content.graph import parse_known
from ...content.source import Opened
from ...errors import InvalidDocument, NotFound, StorageError, Unsupported
from ...spec import Digest, media_type, strict_json
from . import disk
from .blob_store import INGEST, BlobStore
from .index_file import MARK_NAME, IndexFile
from .reader import LayoutReader
from .ref_name import check_ref_name
from .terms import USUAL, DiskTerms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ...content import Name, Writer
    from ...spec import Descriptor
    from .listing import Listing

VERSION: Final = "1.0.0"
"""The layout version that is written (image-layout.md, "oci-layout file")."""

MARK: Final = b'{"imageLayoutVersion":"1.0.0"}'
"""The file ``oci-layout`` as it is written."""

_MARK_BYTES: Final = 64 * 1024
_MARK_PAUSES_S: Final = (0.01, 0.02, 0.05, 0.1)
_NOT_FOREIGN: Final = (f".{MARK_NAME}.", str(INGEST.parent), MARK_NAME, "lost+found")
"""What an empty directory may hold: another writer may be making a layout of it at this moment."""


class LayoutStore(LayoutReader):
    """Images in a layout directory; made by `at` or `create`.

    Args:
        directory: The layout.
        terms: How it is used.
    """

    def __init__(self, directory: Path, terms: DiskTerms = USUAL) -> None:
        shared = terms.shared_blobs
        place, beside = (directory / "blobs", directory) if shared is None else (shared, shared)
        label = f"oci:{directory}"
        self.blobs = BlobStore(place, ingest=beside / INGEST, label=label, sleep=terms.sleep)
        super().__init__(label, self.blobs, terms.limits)
        self.directory = directory
        self.terms = terms
        self.index = IndexFile(directory, sleep=terms.sleep)

    @classmethod
    def at(cls, directory: Path, terms: DiskTerms = USUAL) -> Self:
        """Open a layout that is there.

        Args:
            directory: The layout.
            terms: How it is used.

        Raises:
            NotFound: It is not there, or is no layout.
            Unsupported: Its version is not known.
        """
        _check_mark(directory, terms.sleep)
        return cls(directory, terms)

    @classmethod
    def create(cls, directory: Path, terms: DiskTerms = USUAL) -> Self:
        """Open a layout for writing, and make it where there is nothing yet; the arguments are those of `at`.

        Raises:
            StorageError: The directory holds something else, or cannot be written.
            Unsupported: Its version is not known.
        """
        store = cls(directory, terms)
        make_layout(directory, store.index, terms.sleep)
        return store

    def listing(self) -> Listing:
        """Return what the index lists now."""
        return self.index.read()

    def ingest(self, descriptor: Descriptor) -> Writer:
        """Begin, or continue, to store a blob; see `BlobStore.ingest`."""
        return self.blobs.ingest(descriptor)

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        """Store a document, and list it under its names.

        Without a name it is listed too, so that no other tool takes it for garbage, until an index
        that links it is published.

        Raises:
            InvalidReference: A name is not one that a layout may have; nothing has been stored.
            Locked: Other writers did not finish in time.
            StorageError: The system refused.
        """
        for name in names:
            check_ref_name(name)
        covers = documents_below(Opened(descriptor, content), where=self.label)
        self.blobs.put(descriptor, content)
        self.index.update(lambda listing: listing.put(descriptor, names, covers=covers))

    def delete(self, name: Name) -> Descriptor:
        """Remove a name; or, when asked by digest, a document with all of its names.

        Blobs that nothing needs any more stay until they are collected.

        Raises:
            NotFound: It is not there.
        """
        with self.lock():
            descriptor = self.resolve(name)
            if isinstance(name, Digest):
                self.index.update(lambda listing: listing.without_digest(name))
                self.blobs.remove(name)
            else:
                self._unlist(name, descriptor)
        return descriptor

    def collect(self, *, now_s: float) -> int:
        """Remove partial files that nobody has continued for long; see `BlobStore.collect_partials`."""
        return self.blobs.collect_partials(now_s=now_s)

    def lock(self) -> AbstractContextManager[None]:
        """Keep other writers' publications out while the context lasts."""
        return self.index.lock()

    def close(self) -> None:
        """Leave nothing behind that is empty."""
        self.blobs.tidy()

    def _unlist(self, name: str | None, descriptor: Descriptor) -> None:
        def change(listing: Listing) -> Listing:
            if name is not None and listing.named(name):
                return listing.without_name(name)
            return listing.without_digest(descriptor.digest)

        self.index.update(change)


def make_layout(directory: Path, index: IndexFile, sleep: Callable[[float], object]) -> None:
    """Make a layout of a directory that is absent or empty; one that is a layout already stays as it is.

    Args:
        directory: The directory.
        index: The layout's index, which need not be there.
        sleep: How to wait for other writers; raise from it to give up.

    Raises:
        StorageError: The directory holds something else, or cannot be written.
        Unsupported: It is a layout of a version that is not known.
    """
    with disk.storage_errors("create", directory):
        directory.mkdir(parents=True, exist_ok=True)
        refuse_foreign(directory)
        disk.create_file(directory / MARK_NAME, MARK)
        _check_mark(directory, sleep)
        (directory / "blobs").mkdir(exist_ok=True)
    if not index.path.exists():
        index.update(lambda listing: listing)


def documents_below(opened: Opened, *, where: str) -> list[Digest]:
    """Return what an index links: the documents that need no entry of their own once it has one.

    Args:
        opened: A document.
        where: What it is, for error messages.

    Raises:
        InvalidDocument: It calls itself an index and is none.
    """
    if opened.descriptor.media_type not in media_type.INDEXES:
        return []
    document = parse_known(opened, where=where)
    return [child.digest for child in document.children] if document is not None else []


def _read_mark(mark: Path, sleep: Callable[[float], object]) -> bytes | None:
    # skopeo and crane write the mark anew in its place: for a moment it is empty, and means nothing.
    for pause_s in _MARK_PAUSES_S:
        raw = disk.read_small(mark, limit=_MARK_BYTES)
        if raw != b"":
            return raw
        sleep(pause_s)
    return disk.read_small(mark, limit=_MARK_BYTES)


def _check_mark(directory: Path, sleep: Callable[[float], object]) -> None:
    mark = directory / MARK_NAME
    with disk.storage_errors("read", mark):
        try:
            raw = _read_mark(mark, sleep)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound(
                f"{directory} is not an OCI layout: it has no file {MARK_NAME}",
                name=str(directory),
                hint="" if directory.exists() else "there is no such directory",
            ) from error
    if raw is None:
        raise InvalidDocument(f"{mark}: larger than {_MARK_BYTES} bytes")
    check_version(strict_json.load_object(raw, where=str(mark)), where=str(mark))


def check_version(members: dict[str, object], *, where: str) -> None:
    """Refuse a layout of a version that is not known.

    Args:
        members: The parsed ``oci-layout`` file.
        where: What it is, for error messages.

    Raises:
        Unsupported: It is of another version.
    """
    version = members.get("imageLayoutVersion")
    if not isinstance(version, str) or not version.startswith("1."):
        raise Unsupported(f"{where}: layout version {ascii(version)[:40]} is not supported, only {VERSION}")


def refuse_foreign(directory: Path) -> None:
    """Raise `StorageError` for a directory that is no layout and not empty either."""
    if (directory / MARK_NAME).exists():
        return
    foreign = [entry.name for entry in directory.iterdir() if not entry.name.startswith(_NOT_FOREIGN)]
    if foreign:
        raise StorageError(
            f"{directory} is not an OCI layout and not empty (it holds {min(foreign)!a})",
            path=str(directory),
            hint="choose a new or empty directory",
        )
