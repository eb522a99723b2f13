"""What passes between the client and what carries its requests: values of our own, two small protocols.

`RawRequest` is a request as it is sent, `RawAnswer` the head of an answer with the stream of its body. What
carries them is a `Transport`: `oci.net.transport.SocketTransport`, or a program's own httpx client
(`oci.net.httpx_bridge`). Nothing here knows a socket, and nothing of redirects, retries or logins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .. import errors
from ..content.closable import Closable
from ..frozen import frozen
from .header import Headers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..content import ByteStream
    from .terms import Terms
    from .url import Url

__all__ = ["EarlyAnswer", "RawAnswer", "RawRequest", "RawUpload", "Transport"]

_HAS_A_BODY = frozenset({"POST", "PUT", "PATCH"})


@frozen
class RawRequest:
    """A request as it is sent.

    Args:
        method: The method.
        url: Where to.
        terms: The terms it travels under.
        headers: The fields. Host is added to them, and, where they do not say it, how long the body is.
        content: The body, unless the caller writes it (`Transport.begin`). Bytes can be sent once more where
            a connection turns out to be dead; pieces cannot, and go out in chunks where no length is given.
    """

    method: str
    url: Url
    terms: Terms
    headers: Headers = Headers()
    content: bytes | Iterable[bytes] = b""

    @property
    def length(self) -> int | None:
        """Bytes of the body; None if it goes out in chunks.

        Raises:
            InvalidValue: The fields say both, or a length that is none: that is how requests are smuggled.
        """
        stated = self.headers.get("content-length")
        if "transfer-encoding" in self.headers:
            if stated is not None or self.headers["transfer-encoding"].lower() != "chunked":
                raise errors.InvalidValue("a request cannot be framed as its header fields say")
            return None
        if stated is None:
            return len(self.content) if isinstance(self.content, bytes) else None
        if not (stated.isascii() and stated.isdigit()):
            raise errors.InvalidValue("a request cannot have the Content-Length that was given")
        return int(stated)

    def fields(self) -> list[tuple[bytes, bytes]]:
        """List the fields to send, with Host and the body's framing (RFC 9112, section 6)."""
        sent = [*self.headers.raw]
        if "host" not in self.headers:
            sent.insert(0, (b"Host", self.url.authority.encode("ascii")))
        if "content-length" not in self.headers and "transfer-encoding" not in self.headers:
            length = self.length
            if length is None:
                sent.append((b"Transfer-Encoding", b"chunked"))
            elif length or self.method in _HAS_A_BODY:
                sent.append((b"Content-Length", b"%d" % length))
        return sent


class RawAnswer(Closable):
    """The head of an answer, and its body to be read.

    Args:
        status: The status, 200 or more.
        headers: The fields.
        body: The body; whoever has the answer reads it to its end or closes it.
        reason: The words that came with the status.
        version: The HTTP version, such as ``1.1``.
        address: The address it came from; None behind a proxy.
    """

    __slots__ = ("address", "body", "headers", "reason", "status", "version")

    def __init__(
        self,
        status: int,
        headers: Headers,
        body: ByteStream,
        *,
        reason: bytes = b"",
        version: bytes = b"1.1",
        address: str | None = None,
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.reason = reason
        self.version = version
        self.address = address

    def close(self) -> None:
        """Let go of the connection; safe to call more than once."""
        self.body.close()


class EarlyAnswer(errors.TransportError):
    """The peer has answered without waiting for the rest of the body.

    Args:
        answer: What it said, to be read and closed by whoever catches this.
        host: The peer, as ``host[:port]``.
    """

    def __init__(self, answer: RawAnswer, *, host: str) -> None:
        super().__init__(f"{host}: answered {answer.status} before the whole body was sent", host=host)
        self.answer = answer


class RawUpload(Protocol):
    """A request whose body the caller writes."""

    def write(self, buffer: bytes | bytearray | memoryview) -> None:
        """Send a piece; the buffer is free for other use afterwards. Raises `EarlyAnswer` too."""

    def finish(self) -> RawAnswer:
        """End the body and wait for the answer."""

    def abort(self) -> None:
        """Give up; safe to call more than once, and after `finish`."""


class Transport(Protocol):
    """Carries requests to their hosts; for several threads at once."""

    def send(self, request: RawRequest) -> RawAnswer:
        """Send a request and wait for the head of its answer, whatever its status."""

    def begin(self, request: RawRequest) -> RawUpload:
        """Begin a request whose body the caller writes."""

    def close(self) -> None:
        """Let go of what is at rest."""
