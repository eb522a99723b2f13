"""Request heads in, response heads out. No I/O.

h11 parses and checks what peers send; what we send is built here.

Stricter than h11 in one place: a request with both ``Content-Length`` and ``Transfer-Encoding`` is refused,
because two servers that disagree about which one counts can be made to disagree about where a request ends
(RFC 9112 section 6.1 allows the refusal).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11

from ..frozen import frozen
from .header import Headers
from .region import FileRegion
from .response import Response, Takeover

if TYPE_CHECKING:
    from .buffer import Span

__all__ = ["CONTINUE", "HeadParser", "RequestHead", "encode_head"]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BODYLESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


@frozen
class RequestHead:
    """A request line with its fields.

    Args:
        method: As sent.
        target: As sent.
        headers: The fields.
        http_version: ``1.0`` or ``1.1``.
        body_length: Bytes of the body, or None when it is chunked.
        expects_continue: Whether the peer waits for 100 before it sends the body.
    """

    method: str
    target: str
    headers: Headers
    http_version: str
    body_length: int | None
    expects_continue: bool

    @property
    def keeps_alive(self) -> bool:
        """Whether the peer wants to send another request on this connection."""
        return self.http_version == "1.1" and "close" not in self.headers.tokens("Connection")


class HeadParser:
    """Parses one request head; make another for the next.

    Args:
        head_bytes_max: The most bytes a head may have.
    """

    def __init__(self, head_bytes_max: int) -> None:
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=head_bytes_max)
        self._head_bytes_max = head_bytes_max
        self._fed_bytes = 0

    def feed(self, span: Span) -> RequestHead | None:
        """Take in what was received.

        Args:
            span: The bytes.

        Returns:
            The head, once it is complete.

        Raises:
            h11.RemoteProtocolError: It is malformed or too large; `error_status_hint` is the answer's status.
        """
        self._connection.receive_data(bytes(span.view))
        self._fed_bytes += len(span)
        event = self._connection.next_event()
        if not isinstance(event, h11.Request):
            return None
        if self._fed_bytes - len(self.trailing) > self._head_bytes_max:  # h11 measures incomplete heads only
            raise h11.RemoteProtocolError("the head is too large", error_status_hint=431)
        headers = Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers)
        return RequestHead(
            method=event.method.decode("ascii"),
            target=event.target.decode("ascii"),
            headers=headers,
            http_version=event.http_version.decode("ascii"),
            body_length=_body_length(headers),
            expects_continue=self._connection.they_are_waiting_for_100_continue,
        )

    @property
    def trailing(self) -> bytes:
        """What was fed behind the end of the head."""
        return bytes(self._connection.trailing_data[0])


def _body_length(headers: Headers) -> int | None:
    if "Transfer-Encoding" in headers:
        if "Content-Length" in headers:
            raise h11.RemoteProtocolError("both Content-Length and Transfer-Encoding")
        return None
    return int(headers.get("Content-Length", "0"))


def encode_head(response: Response, *, can_chunk: bool, closes: bool) -> tuple[bytes, bool]:
    """Build the bytes of a response's head.

    Args:
        response: The response.
        can_chunk: Whether the peer knows the chunked coding; else the end of the connection ends a stream.
        closes: Whether the connection will be closed afterwards.

    Returns:
        The head, and whether the body must be sent in chunks.

    Raises:
        ValueError: A field that would break the head apart.
    """
    lines = [f"HTTP/1.1 {response.status} {_phrase(response.status)}"]
    for name, value in response.headers:
        if not _FIELD_NAME.fullmatch(name) or not value.isprintable():
            raise ValueError(f"response field {name!r} contains characters that are not allowed")
        lines.append(f"{name}: {value}")
    is_chunked = False
    if not isinstance(response.body, Takeover):
        if "Content-Length" not in response.headers and response.status not in _BODYLESS:
            if isinstance(response.body, AsyncIterable):
                is_chunked = can_chunk
            else:
                lines.append(f"Content-Length: {_length(response.body)}")
        if is_chunked:
            lines.append("Transfer-Encoding: chunked")
        if closes:
            lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace"), is_chunked


def _length(body: bytes | FileRegion) -> int:
    return body.length if isinstance(body, FileRegion) else len(body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unassigned"
