"""Checking an upload's bytes when some of them may be sent twice, and others not by this process at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...content import Check
from ...errors import SizeMismatch

if TYPE_CHECKING:
    from ...spec import Descriptor


class UploadCheck:
    """Hashes each byte of a blob once, in order, however often it is sent.

    An upload that is continued in another process has a first part whose bytes are not at hand. Then nothing
    is hashed here, only counted: the registry compares the whole with the digest, as it must in any case
    (distribution-spec, "Pushing blobs": the PUT names the digest).

    Args:
        descriptor: What the bytes must be.
        where: The destination, for error messages.
    """

    def __init__(self, descriptor: Descriptor, *, where: str) -> None:
        self._descriptor = descriptor
        self._where = where
        self._check: Check | None = Check(descriptor, where=where)

    @property
    def verified_here(self) -> bool:
        """Whether every byte is hashed by this process."""
        return self._check is not None

    def skip_to(self, offset: int) -> None:
        """Note that sending goes on at an offset; bytes that were never seen here end the hashing."""
        if self._check is not None and offset > self._check.seen:
            self._check = None

    def take(self, data: memoryview, offset: int) -> None:
        """Take bytes that are about to be sent.

        Args:
            data: The bytes.
            offset: Where they belong.

        Raises:
            SizeMismatch: They reach beyond the blob's end.
        """
        end = offset + len(data)
        if end > self._descriptor.size:
            raise SizeMismatch(expected=self._descriptor.size, actual=end, where=self._where)
        if self._check is not None and end > self._check.seen:
            self._check.update(data[self._check.seen - offset :])

    def finish(self, offset: int) -> None:
        """Judge the blob at its end.

        Args:
            offset: Bytes that were taken, or were in place before.

        Raises:
            SizeMismatch: There is more to come.
            DigestMismatch: The blob is not the one that was promised.
        """
        if offset != self._descriptor.size:
            raise SizeMismatch(expected=self._descriptor.size, actual=offset, where=self._where)
        if self._check is not None:
            self._check.finish()
