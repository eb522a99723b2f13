"""Reading images out of an engine: each is fetched once, as a Docker archive, and read from there.

An engine tells an image's ID at once. Everything else (the manifest, which may have to be made up anew, sizes
of layers) stands in the archive alone: an image is fetched whole before anything about it is known. It is
fetched by ID: a name that moves meanwhile does not matter.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ...content import Traits
from ...errors import NotFound
from ...spec import Digest
from ..docker_archive.source import DockerArchiveSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...content import ByteStream, Name, Opened, VerifiedReader
    from ...spec import Descriptor
    from ..session import Session
    from .engine import Engine


class DaemonSource:
    """The images in an engine.

    Args:
        engine: The engine; it is closed with the source.
        session: Limits, where temporary files go, and what stops the work.
    """

    traits = Traits(preserves=False, closed=True, concurrent=True)

    def __init__(self, engine: Engine, session: Session) -> None:
        self.label = engine.label
        self._engine = engine
        self._session = session
        self._turn = threading.Lock()
        self._archives: dict[str, DockerArchiveSource] = {}

    def resolve(self, name: Name) -> Descriptor:
        """Find out what a name stands for; the image is fetched for it."""
        return self.open(name).descriptor

    def open(self, name: Name) -> Opened:
        """Fetch an image, and return the manifest that describes it.

        Args:
            name: What it is called, its ID, or the digest of a manifest that was given out before.

        Raises:
            NotFound: The engine has no such image.
            InvalidDocument: What it sent is no archive of an image.
        """
        if isinstance(name, Digest):
            return self._known(name)
        if name is None:
            raise NotFound(f"{self.label}: say which image", name="", hint="write docker-daemon:NAME[:TAG]")
        return self._archive(self._engine.image(name).image_id).open(None)

    def document(self, descriptor: Descriptor) -> bytes:
        """Return a manifest that was given out before, verified."""
        return self._place_of(descriptor).document(descriptor)

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob belongs to an image that was opened."""
        return any(archive.exists(descriptor) for archive in self._opened())

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified, from an offset on."""
        return self._place_of(descriptor).stream(descriptor, offset, length)

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob with its digest and size checked."""
        return self._place_of(descriptor).fetch(descriptor)

    def names(self) -> Iterator[str]:
        """Yield the names of all images in the engine, in alphabetical order."""
        yield from self._engine.names()

    def close(self) -> None:
        """Remove what was fetched, and close the connections; safe to call more than once."""
        with self._turn:
            for archive in self._archives.values():
                archive.close()
            self._archives.clear()
        self._engine.close()

    def _opened(self) -> tuple[DockerArchiveSource, ...]:
        with self._turn:
            return tuple(self._archives.values())

    def _known(self, digest: Digest) -> Opened:
        for archive in self._opened():
            found = archive.open(None)
            if found.descriptor.digest == digest:
                return found
        raise NotFound(f"{self.label} has no manifest {digest}", name=str(digest))

    def _place_of(self, descriptor: Descriptor) -> DockerArchiveSource:
        for archive in self._opened():
            if archive.exists(descriptor) or archive.open(None).descriptor.digest == descriptor.digest:
                return archive
        raise NotFound(f"{self.label} has no content {descriptor.digest}", name=str(descriptor.digest))

    def _archive(self, image_id: str) -> DockerArchiveSource:
        with self._turn:
            if image_id not in self._archives:
                self._archives[image_id] = self._fetched(image_id)
            return self._archives[image_id]

    def _fetched(self, image_id: str) -> DockerArchiveSource:
        with self._engine.export(image_id) as stream:

            def read(size: int) -> bytes:
                buffer = bytearray(size)
                return bytes(buffer[: stream.readinto(buffer)])

            return DockerArchiveSource.of_stream(read, Path(f"image {image_id}"), self._session)
