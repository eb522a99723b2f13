"""One connection: requests in, one after the other, responses out, until either side has had enough.

Every wait has a limit: for a request to begin, for its head, for each stretch of a body in either direction.
A body the application left unread is discarded within limits, or the connection is closed in a way that lets
the peer still read the answer. When the peer goes away while the application works or answers, the
application is cancelled; while it receives, it is told so by the body (`ConnectionBroken`), after everything
that did arrive.
"""

from __future__ import annotations

import asyncio
import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11

from ..errors import ConnectionBroken, InvalidValue, LimitExceeded, Stalled
from .access import log_access
from .body import ReceivedBody
from .head import CONTINUE, HeadParser, RequestHead, encode_head
from .inlet import Inlet
from .outlet import Outlet
from .region import FileRegion
from .request import Request, parse_target
from .response import Response, Takeover, text_response
from .stream import RawStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable

    from .buffer import BufferPool
    from .limit import ServerLimits
    from .response import Application

__all__ = ["Connection"]

_logger = logging.getLogger(__name__)

_CLIENT_CLOSED_REQUEST = 499
"""What the access log shows for a request whose peer went away before the answer."""


class Connection(asyncio.BufferedProtocol):
    """Speaks HTTP/1.1 with one peer.

    Args:
        application: Answers the requests.
        limits: The server's limits.
        pool: The server's receive buffers.
        on_made: Called with the connection once it is there.
        on_lost: Called with it when it has gone and its task has ended.
    """

    def __init__(
        self,
        application: Application,
        *,
        limits: ServerLimits,
        pool: BufferPool,
        on_made: Callable[[Connection], None],
        on_lost: Callable[[Connection], None],
    ) -> None:
        self._application = application
        self._limits = limits
        self._pool = pool
        self._on_made = on_made
        self._on_lost = on_lost
        self._is_closing = False
        self._is_idle = True
        self._body: ReceivedBody | None = None

    # ── called by the event loop ──────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the task that serves the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._peer = _peer_name(transport)
        self._is_tls = transport.get_extra_info("sslcontext") is not None
        self._inlet = Inlet(self._pool, peer=self._peer)
        self._inlet.attach(transport)
        self._outlet = Outlet(transport, peer=self._peer, stall_timeout_s=self._limits.stall_timeout_s)
        self.task = asyncio.get_running_loop().create_task(self._run())
        self.task.add_done_callback(lambda _: self._on_lost(self))
        self._on_made(self)

    def get_buffer(self, _sizehint: int) -> memoryview:
        """Lend the event loop the space to receive into."""
        return self._inlet.space()

    def buffer_updated(self, nbytes: int) -> None:
        """Take note of received bytes."""
        self._inlet.filled(nbytes)

    def eof_received(self) -> bool:
        """Keep our side open after the peer closed its own: it may still wait for an answer."""
        self._inlet.end()
        return not self._is_tls

    def connection_lost(self, _exc: Exception | None) -> None:
        """Tell whoever waits; cancel an application that is not receiving."""
        self._inlet.end(ConnectionBroken(f"{self._peer} closed the connection", host=self._peer))
        self._outlet.lose()
        if self._body is None or self._body.is_complete:
            self.task.cancel()

    def pause_writing(self) -> None:
        """Take note that the transport's buffer is full."""
        self._outlet.pause()

    def resume_writing(self) -> None:
        """Take note that it has room again."""
        self._outlet.resume()

    # ── called by the server ──────────────────────────────────────────────────────────────────────

    def finish(self) -> None:
        """Close now if no request is under way, else after its answer."""
        self._is_closing = True
        if self._is_idle:
            self._transport.abort()

    def refuse(self, *, closes_at_once: bool) -> None:
        """Serve nothing, because there are too many connections.

        Args:
            closes_at_once: Close without a word; else answer 503 to the first request.
        """
        self._application = _overloaded
        self._is_closing = True
        if closes_at_once:
            self._transport.abort()

    # ── the task ──────────────────────────────────────────────────────────────────────────────────

    async def _run(self) -> None:
        try:
            while (head := await self._receive_head()) is not None:
                if not await self._exchange(head):
                    break
        except (ConnectionBroken, Stalled) as error:
            _logger.debug("%s", error)
            self._transport.abort()
        except h11.RemoteProtocolError as error:
            await self._refuse(error.error_status_hint, str(error))
        except InvalidValue as error:
            await self._refuse(HTTPStatus.BAD_REQUEST, error.message)
        except TimeoutError:
            await self._refuse(HTTPStatus.REQUEST_TIMEOUT, "the request's head took too long")
        except Exception:  # one connection's failure must not become the server's
            _logger.exception("%s: the connection failed", self._peer)
            self._transport.abort()
        finally:
            self._transport.close()
            self._inlet.close()

    async def _receive_head(self) -> RequestHead | None:
        parser = HeadParser(self._limits.head_bytes)
        self._is_idle = True
        try:
            span = await self._inlet.take(timeout_s=self._limits.idle_timeout_s)
        except Stalled:
            return None
        self._is_idle = False
        async with asyncio.timeout(self._limits.head_timeout_s):
            while len(span):
                head = parser.feed(span)
                if head is not None:
                    self._inlet.unread(parser.trailing)
                    return head
                span = await self._inlet.take(timeout_s=None)
        return None

    async def _exchange(self, head: RequestHead) -> bool:
        """Serve one request; return whether another may follow."""
        started_s = time.monotonic()
        sent_before = self._outlet.sent_bytes
        body = self._body = self._make_body(head)
        request = self._make_request(head, body)
        status = _CLIENT_CLOSED_REQUEST
        try:
            response = await self._answer(request)
            status = response.status
            try:
                return await self._respond(head, body, response)
            finally:
                response.close()
        finally:
            sent_bytes = self._outlet.sent_bytes - sent_before
            log_access(request, status, sent_bytes=sent_bytes, seconds=time.monotonic() - started_s)

    def _make_body(self, head: RequestHead) -> ReceivedBody:
        return ReceivedBody(
            self._inlet,
            length=head.body_length,
            peer=self._peer,
            stall_timeout_s=self._limits.stall_timeout_s,
            before_first=(lambda: self._outlet.write(CONTINUE)) if head.expects_continue else None,
        )

    def _make_request(self, head: RequestHead, body: ReceivedBody) -> Request:
        path, segments, query = parse_target(head.target)
        return Request(
            method=head.method,
            path=path,
            segments=segments,
            query=query,
            headers=head.headers,
            body=body,
            peer=self._peer,
            is_tls=self._is_tls,
            http_version=head.http_version,
        )

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._application(request)
        except (ConnectionBroken, Stalled):
            raise
        except LimitExceeded as error:
            return text_response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, error.message)
        except InvalidValue as error:
            return text_response(HTTPStatus.BAD_REQUEST, error.message)
        except Exception:  # whatever the application raises, the peer gets an answer
            _logger.exception("%s %s failed", request.method, request.path)
            return text_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error")

    async def _respond(self, asked: RequestHead, received: ReceivedBody, response: Response) -> bool:
        can_reuse = asked.keeps_alive and not self._is_closing and await self._discard_rest(received)
        can_chunk = asked.http_version != "1.0"
        head, is_chunked = encode_head(response, can_chunk=can_chunk, closes=not can_reuse)
        body = response.body
        if isinstance(body, Takeover):
            if body.sends_head:
                await self._outlet.send(head)
            await body.run(RawStream(self._transport, self._inlet, self._outlet))
            return False
        if asked.method == "HEAD":
            await self._outlet.send(head)
        elif isinstance(body, bytes):
            await self._outlet.send(head + body)
        elif isinstance(body, FileRegion):
            await self._outlet.send_region(body, head=head)
        else:
            self._outlet.write(head)
            await self._stream(body, is_chunked=is_chunked, length=response.headers.get("Content-Length"))
        if not received.is_complete and received.is_started:
            await self._linger()
        return can_reuse

    async def _stream(self, body: AsyncIterable[bytes], *, is_chunked: bool, length: str) -> None:
        sent = 0
        async for piece in body:
            if piece:
                sent += len(piece)
                await self._outlet.send(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
        if is_chunked:
            await self._outlet.send(b"0\r\n\r\n")
        elif length and sent != int(length):
            raise ConnectionBroken(
                "the application sent another number of bytes than it said", host=self._peer
            )

    async def _discard_rest(self, body: ReceivedBody) -> bool:
        """Read over what the application left unread; return whether the connection can be used again."""
        if body.is_complete:
            return True
        if not body.is_started or body.length is None or body.length > self._limits.linger_bytes:
            return False
        try:
            async with asyncio.timeout(self._limits.linger_timeout_s):
                async for _ in body.pieces():
                    pass
        except TimeoutError:
            return False
        return True

    async def _linger(self) -> None:
        """Let a peer that is still sending read our answer: a close with unread bytes would be a reset."""
        if not self._transport.can_write_eof():
            return
        self._transport.write_eof()
        limit = self._inlet.received_bytes + self._limits.linger_bytes
        try:
            async with asyncio.timeout(self._limits.linger_timeout_s):
                while self._inlet.received_bytes < limit and len(await self._inlet.take(timeout_s=None)):
                    pass
        except TimeoutError:
            pass

    async def _refuse(self, status: int, message: str) -> None:
        response = text_response(status, message)
        head, _ = encode_head(response, can_chunk=False, closes=True)
        assert isinstance(response.body, bytes)
        try:
            await self._outlet.send(head + response.body)
            await self._linger()
        except (ConnectionBroken, Stalled):
            self._transport.abort()


async def _overloaded(_: Request) -> Response:
    return text_response(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections")


def _peer_name(transport: asyncio.Transport) -> str:
    address = transport.get_extra_info("peername")
    if isinstance(address, tuple) and len(address) >= 2:
        return f"[{address[0]}]:{address[1]}" if ":" in str(address[0]) else f"{address[0]}:{address[1]}"
    return "unix"
