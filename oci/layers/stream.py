"""A layer's expanded bytes, with both digests taken on the way: of what was stored, and of what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, Self

from ..compression import DETECTION_BYTES, detect, expanded
from ..errors import DigestMismatch, LimitExceeded
from .prefetch import Prefetch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType

    from ..spec import Digest
    from .limit import LayerLimits

_READ_BYTES: Final = 1024 * 1024


class LayerReader(Protocol):
    """A layer as it is stored; a context manager that closes it. `oci.content.VerifiedReader` is one."""

    def __enter__(self) -> Self:
        """Begin to read."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Close it."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill at least one byte of the buffer and return how many; 0 at the verified end."""


class LayerStream:
    """The expanded bytes of one layer; they end only if everything was as promised.

    Args:
        fetch: Opens the layer as it is stored; what it opens verifies digest and size. It is called when the
            first bytes are wanted, in the thread that wants them.
        diff_id: The digest of the expanded bytes, as the image's configuration states it.
        limits: Bounds.
        where: Which layer, for error messages.
    """

    def __init__(
        self, fetch: Callable[[], LayerReader], diff_id: Digest, *, limits: LayerLimits, where: str
    ) -> None:
        self.where = where
        self._fetch = fetch
        self._diff_id = diff_id
        self._limits = limits

    def __iter__(self) -> Generator[bytes]:
        """Yield the bytes in pieces, none of them empty.

        Raises:
            DigestMismatch: The layer, or what is in it, is something else than was promised.
            SizeMismatch: It has another size.
            InvalidDocument: It is damaged.
            LimitExceeded: It holds more than the limits allow.
        """
        with self._fetch() as reader:
            stored = _Stored(reader)
            hasher = self._diff_id.hasher()
            size = 0
            # Expanding takes longest of all: hashing what came of it is left to the thread that is here.
            with Prefetch(expanded(stored.read, detect(stored.beginning()), where=self.where)) as pieces:
                for piece in pieces:
                    size += len(piece)
                    self._check(size, stored.size)
                    hasher.update(piece)
                    yield piece
            # Whatever follows the compressed data belongs to the blob, and to its digest.
            while stored.read(_READ_BYTES):
                pass
        if not self._diff_id.matches(hasher):
            actual = f"{self._diff_id.algorithm}:{hasher.hexdigest()}"
            raise DigestMismatch(
                expected=str(self._diff_id), actual=actual, where=f"{self.where}, expanded (DiffID)"
            )

    def _check(self, expanded_bytes: int, stored_bytes: int) -> None:
        limits = self._limits
        if expanded_bytes > limits.expanded_bytes:
            raise LimitExceeded(limit="expanded_bytes", allowed=limits.expanded_bytes, where=self.where)
        if expanded_bytes > limits.ratio_from_bytes and expanded_bytes > limits.ratio * stored_bytes:
            raise LimitExceeded(limit="ratio", allowed=limits.ratio, where=self.where)


class _Stored:
    """A layer's stored bytes, whose beginning can be looked at before they are read."""

    def __init__(self, reader: LayerReader) -> None:
        self._reader = reader
        self._held = b""
        self._buffer = memoryview(bytearray(_READ_BYTES))
        self.size = 0
        """Bytes that have arrived."""

    def beginning(self) -> bytes:
        """Return as many bytes as it takes to tell what they are compressed with."""
        while len(self._held) < DETECTION_BYTES and (data := self._fresh(DETECTION_BYTES)):
            self._held += data
        return self._held

    def read(self, size: int) -> bytes:
        """Read up to as many bytes; nothing only at the end."""
        if self._held:
            data, self._held = self._held[:size], self._held[size:]
            return data
        return self._fresh(size)

    def _fresh(self, size: int) -> bytes:
        count = self._reader.readinto(self._buffer[: min(size, _READ_BYTES)])
        self.size += count
        return bytes(self._buffer[:count])
