"""One request and the head of its answer, as h11 sees them; without sockets.

h11 checks what goes out (no line breaks in headers) and parses what comes in, strictly: everything before
the body is its business. Bodies of a known length never pass through it, which is what makes them fast;
chunked ones and those that end with the connection do. One dialogue serves one request, so that nothing
is carried over from one answer to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import h11

from .. import errors
from ..frozen import frozen
from ..wire.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_HEADERS", "MAX_HEAD_BYTES", "MAX_INTERIM", "Dialogue", "Head"]

MAX_HEAD_BYTES: Final = 64 * 1024
"""Bytes that the head of an answer may have."""
MAX_HEADERS: Final = 256
"""Header fields that it may have."""
MAX_INTERIM: Final = 16
"""Interim answers (1xx) that may come before it."""

_TLS_RECORDS = (b"\x15\x03", b"\x16\x03")


@frozen
class Head:
    """An answer without its body.

    Args:
        status: The status, 200 or more.
        reason: The words that came with it.
        version: The HTTP version, such as ``1.1``.
        headers: The fields in order, names as they came.
        length: Bytes of the body; None if it is chunked or ends with the connection.
        chunked: Whether the body is chunked.
        keep_alive: Whether the connection may be used again after the body.
    """

    status: int
    reason: bytes
    version: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    length: int | None
    chunked: bool
    keep_alive: bool


class Dialogue:
    """One request and its answer.

    Args:
        host: The peer as messages name it.
    """

    def __init__(self, host: str) -> None:
        self._host = host
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._method = b""
        self._interim = 0
        self._seen = b""

    @property
    def answered(self) -> bool:
        """Whether at least one byte of an answer has come."""
        return bool(self._seen)

    def ask(self, method: bytes, target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
        """Write the head of a request.

        Raises:
            InvalidValue: A part of it has characters that would break the protocol.
        """
        self._method = method
        try:
            written = self._h11.send(h11.Request(method=method, target=target, headers=list(headers)))
        except h11.LocalProtocolError as error:
            raise errors.InvalidValue(f"cannot be sent to {self._host}: {printable(str(error))}") from error
        assert written is not None
        return written

    def feed(self, received: bytes) -> Head | None:
        """Take more of what the peer sent.

        Args:
            received: The bytes, or none for the end of the connection.

        Returns:
            The answer's head, as soon as it is complete; interim answers are passed over.

        Raises:
            ConnectionBroken: The connection ended before, or the peer does not speak HTTP.
            LimitExceeded: The head is too long, or has too many fields.
        """
        if not received:
            raise self._ended()
        self._seen = self._seen or received[:2]
        self._h11.receive_data(received)
        while True:
            event = self._next()
            if event is h11.NEED_DATA:
                return None
            if isinstance(event, h11.Response):
                return self._head(event)
            self._interim += 1
            if not isinstance(event, h11.InformationalResponse) or self._interim > MAX_INTERIM:
                raise self._broken("answers without end" if self._interim > MAX_INTERIM else "not an answer")

    def take_rest(self) -> bytes:
        """Take the bytes that came after the head, which belong to the body."""
        return bytes(self._h11.trailing_data[0])

    def feed_body(self, received: bytes) -> None:
        """Take more of a chunked body, or of one that ends with the connection; none for its end."""
        self._h11.receive_data(received)

    def next_piece(self) -> bytes | bytearray | None:
        """Give the next piece of such a body; empty at its end; None if more must be fed.

        Raises:
            ConnectionBroken: The body ended too early, or its chunks are malformed.
        """
        while True:
            event = self._next()
            if event is h11.NEED_DATA:
                return None
            if isinstance(event, h11.Data):
                if event.data:
                    return event.data
            else:
                return b""

    def has_rest(self) -> bool:
        """Whether bytes came after the end of the body, which means that the peer is out of step."""
        return bool(self._h11.trailing_data[0])

    def _next(self) -> type[h11.NEED_DATA | h11.PAUSED] | h11.Event:
        try:
            return self._h11.next_event()
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                where = f"{self._host}: head of the answer"
                raise errors.LimitExceeded(limit="head_bytes", allowed=MAX_HEAD_BYTES, where=where) from error
            raise self._broken(str(error)) from error

    def _head(self, event: h11.Response) -> Head:
        fields = event.headers
        if len(fields) > MAX_HEADERS:
            where = f"{self._host}: head of the answer"
            raise errors.LimitExceeded(limit="headers", allowed=MAX_HEADERS, where=where)
        named = {name: value for name, value in fields if name in _FRAMING}
        chunked = b"transfer-encoding" in named
        length: int | None = None
        if self._method == b"HEAD" or event.status_code in {204, 304}:
            length, chunked = 0, False
        elif not chunked and b"content-length" in named:
            length = int(named[b"content-length"])
        closing = any(name == b"connection" and b"close" in value.lower() for name, value in fields)
        # Both kinds of framing at once is how answers are smuggled: believe the chunks, trust nothing
        # after them.
        doubtful = b"transfer-encoding" in named and b"content-length" in named
        return Head(
            status=event.status_code,
            reason=bytes(event.reason),
            version=bytes(event.http_version),
            headers=tuple(fields.raw_items()),
            length=length,
            chunked=chunked,
            keep_alive=event.http_version >= b"1.1" and not closing and not doubtful,
        )

    def _ended(self) -> errors.ConnectionBroken:
        when = "in the middle of the head of its answer" if self.answered else "without an answer"
        return errors.ConnectionBroken(f"{self._host}: closed the connection {when}", host=self._host)

    def _broken(self, detail: str) -> errors.ConnectionBroken:
        if self._seen in _TLS_RECORDS:
            message = f"{self._host}: answers plain HTTP with TLS"
            return errors.ConnectionBroken(message, host=self._host, hint="this host speaks https")
        message = f"{self._host}: does not speak HTTP as it should: {printable(detail, limit=120)}"
        return errors.ConnectionBroken(message, host=self._host)


_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
