"""What the faults share: a body in memory, a head with a stated length and raw bytes behind it."""

from __future__ import annotations

import asyncio
import fcntl
import struct
import termios
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TYPE_CHECKING

from ...serving import FileRegion, RawStream, Response, Takeover

if TYPE_CHECKING:
    import socket

__all__ = ["collected", "flushed", "raw"]

_POLL_S = 0.001


async def collected(response: Response) -> bytes:
    """Return a response's whole body; a file is read and closed."""
    body = response.body
    if isinstance(body, bytes):
        return body
    if isinstance(body, FileRegion):
        with body.file as file:
            file.seek(body.offset)
            return file.read(body.length)
    if isinstance(body, AsyncIterable):
        return b"".join([piece async for piece in body])
    return b""


def raw(response: Response, length: int, run: Callable[[RawStream], Awaitable[None]]) -> Response:
    """Answer with the head of a response, a stated length, and whatever the function does then."""
    headers = response.headers.replacing("Content-Length", str(length))
    return Response(response.status, headers, Takeover(run))


async def flushed(stream: RawStream) -> None:
    """Wait until the peer's system has what was sent: a reset would overtake the rest."""
    own: socket.socket = stream.transport.get_extra_info("socket")
    waiting = bytearray(4)
    while True:
        fcntl.ioctl(own.fileno(), termios.TIOCOUTQ, waiting)
        if stream.transport.get_write_buffer_size() == 0 and struct.unpack("i", waiting)[0] == 0:
            return
        await asyncio.sleep(_POLL_S)
