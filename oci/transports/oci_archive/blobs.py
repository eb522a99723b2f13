"""Blobs in an archive, read where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import DigestMismatch, NotFound, SizeMismatch
from ...spec import Digest
from ..layout.blob_stream import StretchStream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec import Descriptor
    from ..layout.blob_stream import PositionalFile
    from .member import Member


class ArchiveBlobs:
    """The blobs of one archive.

    Args:
        file: The archive.
        members: Where each blob lies.
        label: How the archive is called in messages.
    """

    def __init__(self, file: PositionalFile, members: Mapping[Digest, Member], *, label: str) -> None:
        self.file = file
        self.members = members
        self._label = label

    def size_of(self, digest: Digest) -> int | None:
        """Return the size in bytes of a blob that is there, or None."""
        member = self.members.get(digest)
        return None if member is None else member.size

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> StretchStream:
        """Open a blob's bytes, unverified, from an offset on.

        Raises:
            NotFound: It is not there.
            SizeMismatch: It has another size than its descriptor promises.
        """
        member = self.members.get(descriptor.digest)
        if member is None:
            raise NotFound(f"{self._label} has no content {descriptor.digest}", name=str(descriptor.digest))
        if member.size != descriptor.size:
            where = f"{self._label}: {descriptor.digest}"
            raise SizeMismatch(expected=descriptor.size, actual=member.size, where=where)
        rest = max(member.size - offset, 0)
        return StretchStream(self.file, member.offset + offset, rest if length is None else min(length, rest))

    def read_small(self, digest: Digest, *, limit: int) -> bytes | None:
        """Read a blob whose size is not known, checked; None if it is absent or too large."""
        member = self.members.get(digest)
        if member is None or member.size > limit:
            return None
        content = self.file.read_at(member.offset, member.size)
        if (actual := Digest.of(content, digest.algorithm)) != digest:
            raise DigestMismatch(expected=str(digest), actual=str(actual), where=self._label)
        return content
