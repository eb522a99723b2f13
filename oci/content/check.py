"""The running check of content against its descriptor: nothing unverified gets through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import DigestMismatch, SizeMismatch

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from ..spec import Descriptor


class Check:
    """Counts and hashes bytes in order, and says at the end whether they are the ones promised.

    Args:
        descriptor: What was promised.
        where: Where the bytes come from, for error messages.
    """

    def __init__(self, descriptor: Descriptor, *, where: str) -> None:
        self.descriptor = descriptor
        self.where = where
        self.seen = 0
        self._hasher = descriptor.digest.hasher()

    def update(self, data: ReadableBuffer) -> None:
        """Take the next bytes.

        Raises:
            SizeMismatch: They are more than was promised; nothing has to be read to the end to know it.
        """
        self.seen += memoryview(data).nbytes
        if self.seen > self.descriptor.size:
            raise SizeMismatch(expected=self.descriptor.size, actual=self.seen, where=self.where)
        self._hasher.update(data)

    def finish(self) -> None:
        """Compare with the promise, after the last byte.

        Raises:
            SizeMismatch: Fewer bytes came than were promised.
            DigestMismatch: They are other bytes.
        """
        if self.seen != self.descriptor.size:
            raise SizeMismatch(expected=self.descriptor.size, actual=self.seen, where=self.where)
        if not self.descriptor.digest.matches(self._hasher):
            actual = f"{self.descriptor.digest.algorithm}:{self._hasher.hexdigest()}"
            raise DigestMismatch(expected=str(self.descriptor.digest), actual=actual, where=self.where)


def check_bytes(content: bytes, descriptor: Descriptor, *, where: str) -> bytes:
    """Return content at hand unchanged if it is what its descriptor promises; see `Check.finish`."""
    check = Check(descriptor, where=where)
    check.update(content)
    check.finish()
    return content
