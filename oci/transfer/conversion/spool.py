"""One layer in a temporary file: what was compressed anew, between its making and its sending.

A digest has to be known before a blob is sent, and is known only once the blob is complete. The file has no
name where the system allows that, so that not even a killed process leaves it behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from ...content import Traits, VerifiedReader
from ...content.closable import Closable
from ...errors import NotFound
from ...spec import Descriptor, Digest
from ...spec.digest import new_hasher
from ...transports.layout import disk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import FileIO
    from pathlib import Path

    from ...content import ByteStream, Name, Opened


class Spool(Closable):
    """A source of the one blob that was written to it.

    Args:
        scratch: The directory for the file; None for the system's usual place.
        algorithm: What the blob's digest is computed with.
        label: How the blob is called in messages.

    Raises:
        StorageError: The file cannot be made.
    """

    traits = Traits()

    def __init__(self, scratch: Path | None, algorithm: str, *, label: str) -> None:
        self.label = label
        self._path = disk.scratch_directory(scratch)
        self._algorithm = algorithm
        self._hasher = new_hasher(algorithm)
        self._size = 0
        self._descriptor: Descriptor | None = None
        self._file = disk.nameless_file(scratch)

    def write(self, data: bytes) -> None:
        """Write the next bytes.

        Raises:
            StorageError: The disk is full, or will not be written.
        """
        if not data:
            return
        self._hasher.update(data)
        self._size += len(data)
        with disk.storage_errors("write a temporary file in", self._path):
            disk.write_all(self._file.fileno(), data)

    def seal(self, media_type: str, annotations: Mapping[str, str] | None = None) -> Descriptor:
        """Say that nothing follows, and describe what there is.

        Args:
            media_type: What it is.
            annotations: What else there is to say of it.
        """
        digest = Digest(self._algorithm, self._hasher.hexdigest())
        self._descriptor = Descriptor(media_type, digest, self._size, annotations=dict(annotations or {}))
        return self._descriptor

    @property
    def descriptor(self) -> Descriptor:
        """What was written, once it was sealed."""
        assert self._descriptor is not None, "a spool is read after it was sealed"
        return self._descriptor

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is the one in here."""
        return descriptor == self._descriptor

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open the blob's bytes from an offset on."""
        self._refuse_others(descriptor.digest)
        end = self._size if length is None else min(offset + length, self._size)
        return _Part(self._file, offset, end, self._path)

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open the blob with its digest and size checked."""
        return VerifiedReader(self.stream(descriptor), descriptor, where=self.label)

    def resolve(self, name: Name) -> Descriptor:
        """Refuse: there are no documents in here."""
        self._refuse(str(name))

    def open(self, name: Name) -> Opened:
        """Refuse: there are no documents in here."""
        self._refuse(str(name))

    def document(self, descriptor: Descriptor) -> bytes:
        """Refuse: there are no documents in here."""
        self._refuse(str(descriptor.digest))

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def _refuse_others(self, digest: Digest) -> None:
        if digest != self.descriptor.digest:
            self._refuse(str(digest))

    def _refuse(self, name: str) -> NoReturn:
        raise NotFound(f"{self.label}: a temporary file has one blob, and no {name}", name=name)


class _Part:
    """Some of a file's bytes, for a single reader at a time."""

    def __init__(self, file: FileIO, offset: int, end: int, path: Path) -> None:
        self._file = file
        self._offset = offset
        self._end = end
        self._path = path

    def readinto(self, buffer: memoryview, /) -> int:
        """Read some bytes; 0 at the end."""
        wanted = min(len(buffer), self._end - self._offset)
        if wanted <= 0:
            return 0
        with disk.storage_errors("read a temporary file in", self._path):
            self._file.seek(self._offset)
            count = self._file.readinto(buffer[:wanted])
        self._offset += count
        return count

    def close(self) -> None:
        """Leave the file open: it belongs to the spool."""
