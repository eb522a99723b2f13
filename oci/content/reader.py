"""The verified reader: a stream that ends well only if its bytes were the ones asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import LimitExceeded
from .check import Check
from .closable import Closable
from .stream import read_exactly

if TYPE_CHECKING:
    from ..spec import Descriptor
    from .stream import ByteStream


class VerifiedReader(Closable):
    """Reads one blob and checks it on the way.

    What has been read is not to be believed before the reader has reached its end: only then is the
    digest known. The end is a `readinto` that returns 0; a mismatch is raised instead of it.

    Args:
        stream: The bytes, from the first one on.
        descriptor: What they must be.
        where: Where they come from, for error messages.
    """

    def __init__(self, stream: ByteStream, descriptor: Descriptor, *, where: str) -> None:
        self.descriptor = descriptor
        self._stream = stream
        self._check = Check(descriptor, where=where)
        self._ended = False

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill at least one byte of the buffer and return how many; 0 at the verified end.

        Raises:
            SizeMismatch: More or fewer bytes came than the descriptor promises.
            DigestMismatch: They are other bytes.
            TransportError: The source broke off.
        """
        if self._ended:
            return 0
        count = self._stream.readinto(buffer)
        if count:
            self._check.update(buffer[:count])
            return count
        self._check.finish()
        self._ended = True
        return 0

    def read(self, *, limit: int) -> bytes:
        """Read everything into memory.

        Args:
            limit: The most bytes to accept; the descriptor's size is checked against it first.

        Raises:
            LimitExceeded: The content is larger than the limit.
        """
        size = self.descriptor.size
        if size > limit:
            raise LimitExceeded(limit="in-memory content", allowed=limit, where=self._check.where)
        content = read_exactly(self._stream, size + 1)
        self._check.update(content)
        self._check.finish()
        self._ended = True
        return content

    def close(self) -> None:
        """Release the underlying stream; safe to call more than once."""
        self._stream.close()
