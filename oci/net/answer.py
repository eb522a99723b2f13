"""Answers: small ones with their body in memory, large ones as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .. import errors
from ..content.closable import Closable
from ..frozen import field, frozen
from ..wire.redact import redacted

if TYPE_CHECKING:
    from ..content import ByteStream
    from .header import Headers
    from .message import RawAnswer

__all__ = ["ERROR_BYTES", "Answer", "StreamAnswer", "read_answer"]

ERROR_BYTES: Final = 64 * 1024
"""Bytes that are read of the body of an answer that reports a failure; the rest is left."""

_PIECE_BYTES: Final = 64 * 1024


@frozen(kw_only=True)
class Answer:
    """An answer whose body is at hand.

    Args:
        status: The status.
        headers: The fields; names are looked up whatever their case.
        body: The body; of a failure (400 and above) as much as could be read, up to `ERROR_BYTES`.
        url: The URL that answered, after redirects: the base of what its Location or Link names. It may hold
            secrets.
    """

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    url: str = field(repr=False)

    @property
    def shown_url(self) -> str:
        """The URL as it may be shown."""
        return redacted(self.url)

    def close(self) -> None:
        """Do nothing: all of it is at hand."""


class StreamAnswer(Closable):
    """An answer whose body is read by the caller; a `oci.content.ByteStream` and a context manager.

    Args:
        raw: The answer, its body not read.
        url: The URL that answered, after redirects; it may hold secrets.
    """

    def __init__(self, raw: RawAnswer, url: str) -> None:
        self.status = raw.status
        self.headers = raw.headers
        self.url = url
        self._raw = raw
        self._body = raw.body

    @property
    def shown_url(self) -> str:
        """The URL as it may be shown."""
        return redacted(self.url)

    def readinto(self, buffer: memoryview | bytearray, /) -> int:
        """Wait for some bytes of the body and put them into the caller's buffer; 0 at its end.

        Raises:
            ConnectionBroken: The body ended early, or the connection did.
            Stalled: Nothing came for as long as the idle limit.
            Cancelled: The request was cancelled.
        """
        return self._body.readinto(memoryview(buffer))

    def read_document(self) -> Answer:
        """Read the body of a failure, as far as it goes, and close."""
        return read_answer(self._raw, self.url, limit_bytes=ERROR_BYTES, limit_name="error_bytes")

    def dismiss(self) -> Answer:
        """Close without reading the body of an answer that is not the one hoped for."""
        self.close()
        return Answer(status=self.status, headers=self.headers, body=b"", url=self.url)

    def close(self) -> None:
        """Let go of the connection; safe to call more than once."""
        self._raw.close()


def read_answer(raw: RawAnswer, url: str, *, limit_bytes: int, limit_name: str) -> Answer:
    """Read an answer's body and close it.

    Args:
        raw: The answer, its body not read.
        url: The URL that answered.
        limit_bytes: Bytes that the body may have.
        limit_name: The limit's name, for the error.

    Raises:
        LimitExceeded: The body is larger, unless it is that of a failure.
        TransportError: It could not be read, unless it is that of a failure.
        Cancelled: The request was cancelled.
    """
    is_failure = raw.status >= 400
    limit_bytes = ERROR_BYTES if is_failure else limit_bytes
    content = bytearray()
    try:
        _read(raw.body, content, limit_bytes)
    except errors.TransportError:
        if not is_failure:
            raise
    finally:
        raw.close()
    if len(content) > limit_bytes:
        if not is_failure:
            raise errors.LimitExceeded(limit=limit_name, allowed=limit_bytes, where=redacted(url))
        del content[limit_bytes:]
    return Answer(status=raw.status, headers=raw.headers, body=bytes(content), url=url)


def _read(body: ByteStream, content: bytearray, limit_bytes: int) -> None:
    with memoryview(bytearray(_PIECE_BYTES)) as buffer:
        while len(content) <= limit_bytes and (count := body.readinto(buffer)):
            content += buffer[:count]
