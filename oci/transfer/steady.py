"""A blob's bytes in order, over as many connections as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import OciError, RegistryError
from ..wire.retry import RetryRule
from .backoff import Backoff
from .skip import stream_from

if TYPE_CHECKING:
    from ..content import ByteStream, CancelToken, Source
    from ..spec import Descriptor


class SteadyStream:
    """Reads a blob, and goes on behind the last byte that came when its source breaks off.

    The bytes are unverified, like those of any stream. Failures that do not pass are raised, and so are those
    that come again and again without a byte in between.

    Args:
        source: Where the blob is; it is opened at once.
        descriptor: The blob.
        token: Ends waiting.
        rule: How patient to be.

    Raises:
        OciError: It cannot be opened.
    """

    def __init__(
        self, source: Source, descriptor: Descriptor, *, token: CancelToken, rule: RetryRule | None = None
    ) -> None:
        self._source = source
        self._descriptor = descriptor
        self._token = token
        self._backoff = Backoff(rule or RetryRule())
        self._offset = 0
        self._stream: ByteStream | None = source.stream(descriptor)

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill at least one byte of the buffer and return how many; 0 at the end.

        Raises:
            OciError: The source failed for good.
            Cancelled: The token was cancelled.
        """
        while True:
            try:
                if self._stream is None:
                    self._stream = stream_from(self._source, self._descriptor, self._offset)
                count = self._stream.readinto(buffer)
            except OciError as error:
                if self._offset and self._offset == self._descriptor.size:
                    return 0  # all of it is here; that the connection did not end well changes nothing
                self._pause_after(error)
                continue
            self._offset += count
            return count

    def close(self) -> None:
        """Let go of the connection; safe to call more than once."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _pause_after(self, error: OciError) -> None:
        """Wait as long as a failure asks for, or raise it."""
        self.close()
        # A registry's answer was asked for again already, as often as the settings say.
        is_final = isinstance(error, RegistryError)
        delay_s = None if is_final else self._backoff.delay_after(error, offset=self._offset)
        if delay_s is None:
            raise error
        if self._token.wait(delay_s):
            self._token.raise_if_cancelled()
