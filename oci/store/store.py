"""The local store: images by name, content by digest, layers unpacked; for several processes at once.

It is a source and a sink like any other place. What is stored under a name outlives a power cut; content that
somebody relies on stays, whoever else removes images or collects garbage meanwhile (`Lease`).
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from ..content import Limits, Listed, Opened, Traits, VerifiedReader
from ..content.check import check_bytes
from ..content.graph import parse_known
from ..errors import InvalidDocument, NotFound, StorageError, Unsupported
from ..spec import Digest, ImageConfig, Manifest
from ..transports.layout import disk
from ..transports.layout.blob_store import BlobStore
from .catalogue import Catalogue, check_name
from .chain import chain_ids
from .database import Database
from .lease import Lease
from .place import StorePlace
from .snapshot import Snapshots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ..content import Attachments, ByteStream, Name, Writer
    from ..spec import Descriptor, Document

_NAMES_IN_HINT: Final = 10


class ImageStore:
    """Images in a store; made by `open` or `create`, and closed at the end.

    Args:
        place: Its paths.
        database: Its database.
        limits: Bounds on what is read.
        sleep: How to wait for other writers; raise from it to give up.
        clock: Tells the seconds since 1970.
    """

    traits = Traits(preserves=True, closed=False, concurrent=True)

    def __init__(
        self,
        place: StorePlace,
        database: Database,
        *,
        limits: Limits | None = None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.label = f"store:[{place.root}]"
        self.place = place
        self.database = database
        self.limits = limits or Limits()
        self.clock = clock
        self.sleep = sleep
        self.blobs = BlobStore(place.blobs, ingest=place.ingest, label=self.label, sleep=sleep)
        self.catalogue = Catalogue(database)
        self.snapshots = Snapshots(place, database, clock)
        self.lease = Lease(database, "images", clock)

    @classmethod
    def create(
        cls,
        root: Path,
        *,
        limits: Limits | None = None,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """Open a store for writing, and make it where there is none.

        Args:
            root: Its directory.
            limits: Bounds on what is read.
            sleep: How to wait for other writers; raise from it to give up.
            clock: Tells the seconds since 1970.

        Raises:
            StorageError: The system refused.
            Unsupported: It was written by a newer version of this program.
        """
        place = StorePlace(root.absolute())
        place.make()
        return cls(place, Database.open(place.database), limits=limits, sleep=sleep, clock=clock)

    @classmethod
    def open_to_read(cls, root: Path, *, limits: Limits | None = None) -> Self:
        """Open a store that is there; one in a place that cannot be written can be read all the same.

        Raises:
            NotFound: It is not there.
            StorageError: The system refused.
            Unsupported: It was written by a newer version of this program.
        """
        place = StorePlace(root.absolute())
        with disk.storage_errors("look at", root):
            if not place.database.exists():
                raise NotFound(f"there is no store in {root}", name=str(root))
        try:
            database = Database.open(place.database)
        except StorageError:
            database = Database.open_to_read(place.database)
        return cls(place, database, limits=limits)

    def close(self) -> None:
        """End the lease and close the database; safe to call more than once."""
        with suppress(StorageError):
            self.lease.end()
        self.database.close()

    def resolve(self, name: Name) -> Descriptor:
        """Find out what a name stands for.

        Args:
            name: A whole reference; a digest; None for the only image that has a name.

        Raises:
            NotFound: There is no such image.
        """
        if isinstance(name, Digest):
            found = self.catalogue.document(name)
        else:
            names = self.catalogue.names()
            found = self.catalogue.named(self._only(names) if name is None else name)
        if found is None:
            raise NotFound(f"{self.label} has no image {str(name)[:160]!a}", name=str(name))
        return found

    def open(self, name: Name) -> Opened:
        """Resolve a name and read its document."""
        descriptor = self.resolve(name)
        if not self.database.is_readable_only:
            children = [digest for digest, _, _ in self.catalogue.children(descriptor.digest)]
            self.hold(descriptor.digest, *children)
        return Opened(descriptor, self.document(descriptor))

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or an index, verified."""
        with self.fetch(descriptor) as reader:
            return reader.read(limit=self.limits.manifest_bytes)

    def hold(self, *digests: Digest) -> None:
        """Keep content from being collected for as long as the store is open."""
        self.lease.hold(str(digest) for digest in digests)

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there; one of which that was said stays."""
        if not self.database.is_readable_only:
            self.hold(descriptor.digest)
        return self.blobs.exists(descriptor)

    def size_of(self, digest: Digest) -> int:
        """Return a blob's size in bytes."""
        size = self.blobs.size_of(digest)
        if size is None:
            raise NotFound(f"{self.label} has no content {digest}", name=str(digest))
        return size

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified.

        Raises:
            NotFound: It is not there.
            Unsupported: It is a layer that was thrown away once it was unpacked.
        """
        try:
            return self.blobs.stream(descriptor, offset, length)
        except NotFound as error:
            if not self.catalogue.is_discarded(descriptor.digest):
                raise
            raise Unsupported(
                f"{self.label}: layer {descriptor.digest} was thrown away when it was unpacked",
                hint="pull the image again, without --discard-unpacked",
            ) from error

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob for reading with its digest and size checked."""
        return VerifiedReader(self.stream(descriptor), descriptor, where=self.label)

    def names(self) -> Iterator[str]:
        """Yield the names in alphabetical order."""
        yield from self.catalogue.names()

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Return what is attached to a digest."""
        found = []
        for link in self.catalogue.referrers(digest):
            document = parse_known(Opened(link, self.document(link)), where=self.label)
            if document is not None:
                found.append(document.as_referrer())
        return Listed(tuple(link for link in found if artifact_type in {"", link.artifact_type}), via="scan")

    def ingest(self, descriptor: Descriptor) -> Writer:
        """Begin, or continue, to store a blob; see `BlobStore.ingest`."""
        self.hold(descriptor.digest)
        return self.blobs.ingest(descriptor)

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        """Store a document, under names if any are given.

        Raises:
            InvalidReference: A name is not one that an image may have here; nothing has been stored.
            StorageError: The system refused.
        """
        self.enter(descriptor, content, names)

    def enter(
        self, descriptor: Descriptor, content: bytes, names: Sequence[str] = (), *, keeps_layers: bool = True
    ) -> None:
        """Do the same, and say whether the image's layers are kept as they came."""
        for name in names:
            check_name(name)
        check_bytes(content, descriptor, where=self.label)
        document = parse_known(Opened(descriptor, content), where=self.label)
        self.hold(descriptor.digest)
        self.blobs.put(descriptor, content)
        chains = self._chains(document)
        with self.database.writing(durable=True) as connection:
            self.catalogue.put(
                connection,
                descriptor,
                document,
                names,
                chains=chains,
                keeps_layers=keeps_layers,
                now_s=self.clock(),
            )

    def delete(self, name: Name) -> Descriptor:
        """Remove a name; or, when asked by digest, a document with all of its names.

        What nothing needs any more stays until it is collected.

        Raises:
            NotFound: It is not there.
        """
        with self.database.writing(durable=True) as connection:
            descriptor = self.resolve(name)
            if isinstance(name, Digest):
                connection.execute("DELETE FROM document WHERE digest = ?", (str(name),))
                with suppress(NotFound):
                    self.blobs.remove(name)
            else:
                connection.execute(
                    "DELETE FROM name WHERE name = ?", (name or self._only(list(self.names())),)
                )
        return descriptor

    def config(self, manifest: Manifest) -> ImageConfig:
        """Read an image's configuration.

        Raises:
            NotFound: It is not there.
            InvalidDocument: It is none.
        """
        with self.fetch(manifest.config) as reader:
            return ImageConfig.parse(
                reader.read(limit=self.limits.config_bytes), where=str(manifest.config.digest)
            )

    def manifest(self, digest: Digest) -> Manifest:
        """Read an image's manifest.

        Raises:
            NotFound: It is not there.
            Unsupported: It is something else.
        """
        descriptor = self.resolve(digest)
        document = parse_known(Opened(descriptor, self.document(descriptor)), where=self.label)
        if not isinstance(document, Manifest):
            raise Unsupported(f"{digest} is no image, but {descriptor.media_type}")
        return document

    def _only(self, names: list[str]) -> str:
        targets = {self.catalogue.named(name) for name in names}
        if len(targets) == 1:
            return names[0]
        shown = ", ".join(names[:_NAMES_IN_HINT])
        raise NotFound(f"{self.label} holds {len(targets)} images: say which", name="", hint=shown)

    def _chains(self, document: Document | None) -> tuple[Digest, ...]:
        if (
            not isinstance(document, Manifest)
            or not document.is_image
            or not self.blobs.exists(document.config)
        ):
            return ()
        try:
            diff_ids = self.config(document).diff_ids
        except InvalidDocument:
            return ()
        return chain_ids(diff_ids) if len(diff_ids) == len(document.layers) else ()
