"""Blobs that were gathered, and those of the archive that is being replaced, as one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..layout import disk
from .output import Body

if TYPE_CHECKING:
    from ...content import ByteStream
    from ...spec import Descriptor, Digest
    from ..layout.blob_store import BlobStore
    from .blobs import ArchiveBlobs


class Overlay:
    """Looks for a blob among the new ones first.

    Args:
        gathered: The new ones.
        base: Those of the archive, if there is one.
    """

    def __init__(self, gathered: BlobStore, base: ArchiveBlobs | None) -> None:
        self._gathered = gathered
        self._base = base

    def size_of(self, digest: Digest) -> int | None:
        """Return the size in bytes of a blob that is there, or None."""
        size = self._gathered.size_of(digest)
        return self._base.size_of(digest) if size is None and self._base is not None else size

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified; raises `NotFound`, and `SizeMismatch` for another size."""
        return self._place_of(descriptor.digest).stream(descriptor, offset, length)

    def read_small(self, digest: Digest, *, limit: int) -> bytes | None:
        """Read a blob whose size is not known, checked; None if it is absent or too large."""
        return self._place_of(digest).read_small(digest, limit=limit)

    def digests(self) -> set[Digest]:
        """Return the digests of all blobs."""
        return {*self._gathered.digests(), *(self._base.members if self._base is not None else ())}

    def body_of(self, digest: Digest) -> Body:
        """Open a blob that is there, to be copied."""
        place = self._place_of(digest)
        if place is self._base:
            member = self._base.members[digest]
            return Body(os.dup(self._base.file.fileno()), member.offset, member.size)
        handle = disk.open_regular(self._gathered.path_of(digest))
        return Body(handle, 0, os.fstat(handle).st_size)

    def _place_of(self, digest: Digest) -> BlobStore | ArchiveBlobs:
        if self._base is None or self._gathered.size_of(digest) is not None:
            return self._gathered
        return self._base
