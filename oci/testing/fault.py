"""Faults: what registries, proxies and networks do to a client, each as a function that makes one.

A fault is a `Fault`: it gets the request and the application behind it. Most are made of two or three lines,
and a test writes its own as an ``async def fault(request, application)`` where none of these fits.

==========================  ============================================================================
instead of an answer        `answer`, `answer_json`, `redirect`, `reset`, `stall`
in the middle of one        `cut`, `stall` after some bytes, `cut_upload`
a wrong one                 `corrupt`, `replace_body`, `state_length`, `set_header`, `set_status`,
                            `ignore_range`
a registry's own ways       `refuse_mount`, `absolute_location`, `chunk_minimum`, `refuse_large_bodies`,
`move_blobs` ==========================
============================================================================
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import struct
import termios
from collections.abc import AsyncIterable
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..errors import ConnectionBroken
from ..serving import Body, FileRegion, Headers, RawStream, Response, Takeover
from ..serving.header import Query

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, Mapping

    from ..serving import Application, Request
    from .script import Fault

__all__ = [
    "Stall",
    "absolute_location",
    "answer",
    "answer_json",
    "chunk_minimum",
    "corrupt",
    "cut",
    "cut_upload",
    "delay",
    "ignore_range",
    "move_blobs",
    "no_referrers",
    "redirect",
    "refuse_large_bodies",
    "refuse_mount",
    "replace_body",
    "reset",
    "set_header",
    "set_status",
    "stall",
    "state_length",
]

_POLL_S = 0.001


# ── instead of an answer ──────────────────────────────────────────────────────────────────────────


def answer(status: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Fault:
    """Answer without asking the registry: ``answer(429, {"Retry-After": "1"})``.

    Args:
        status: The status.
        headers: The fields.
        body: The body.

    Returns:
        The fault.
    """

    async def fault(_request: Request, _application: Application) -> Response:
        return Response(status, Headers((headers or {}).items()), body)

    return fault


def answer_json(status: int, document: object, headers: Mapping[str, str] | None = None) -> Fault:
    """Answer a JSON document without asking the registry: hostile tags, strange error bodies.

    Args:
        status: The status.
        document: What to answer.
        headers: Further fields; a ``Content-Type`` here wins.

    Returns:
        The fault.
    """
    fields = {"Content-Type": "application/json", **(headers or {})}
    return answer(status, fields, json.dumps(document).encode())


def redirect(location: str, status: int = HTTPStatus.TEMPORARY_REDIRECT) -> Fault:
    """Answer a redirect.

    Args:
        location: The ``Location``, sent as it is.
        status: The status.

    Returns:
        The fault.
    """
    return answer(status, {"Location": location})


def reset() -> Fault:
    """Reset the connection instead of answering; the registry never hears of the request.

    Returns:
        The fault.
    """

    async def fault(_request: Request, _application: Application) -> Response:
        async def run(stream: RawStream) -> None:
            stream.reset()

        return Response(HTTPStatus.OK, body=Takeover(run, sends_head=False))

    return fault


class Stall:
    """Sends no more after some bytes of an answer, until it is released or the server ends; made by `stall`.

    Args:
        after_bytes: Bytes of the body that are sent before; None to withhold the head as well.
    """

    def __init__(self, after_bytes: int | None) -> None:
        self._after_bytes = after_bytes
        self._released: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, request: Request, application: Application) -> Response:
        """Answer a part and wait."""
        self._loop, self._released = asyncio.get_running_loop(), self._released or asyncio.Event()
        released = self._released
        if self._after_bytes is None:
            await released.wait()
            return await application(request)
        response = await application(request)
        data, sent = await _collected(response), self._after_bytes

        async def run(stream: RawStream) -> None:
            await stream.send(data[:sent])
            await released.wait()
            await stream.send(data[sent:])

        return _raw(response, len(data), run)

    def release(self) -> None:
        """Let everything that waits go on; called from a test."""
        if self._loop is not None and self._released is not None:
            self._loop.call_soon_threadsafe(self._released.set)


def stall(after_bytes: int | None = None) -> Stall:
    """Stop in the middle of an answer, or before it.

    Args:
        after_bytes: Bytes of the body that are sent before; None to withhold the head as well.

    Returns:
        The fault, which can be released.
    """
    return Stall(after_bytes)


def delay(seconds: float) -> Fault:
    """Answer late; for tests of what happens meanwhile, never of how long it takes.

    Args:
        seconds: How late.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        await asyncio.sleep(seconds)
        return await application(request)

    return fault


# ── in the middle of an answer or an upload ───────────────────────────────────────────────────────


def cut(after_bytes: int, *, by_reset: bool = False) -> Fault:
    """End the connection in the middle of an answer's body.

    Args:
        after_bytes: Bytes of the body that are sent before.
        by_reset: Reset the connection instead of closing it.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        response = await application(request)
        data = await _collected(response)

        async def run(stream: RawStream) -> None:
            await stream.send(data[:after_bytes])
            if by_reset:
                await _flushed(stream)
                stream.reset()

        return _raw(response, len(data), run)

    return fault


def cut_upload(after_bytes: int) -> Fault:
    """Break the connection in the middle of a request's body; the registry keeps what came before.

    Args:
        after_bytes: Bytes of the body that reach the registry.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        return await application(replace(request, body=_CutBody(request.body, after_bytes)))

    return fault


class _CutBody(Body):
    def __init__(self, body: Body, after_bytes: int) -> None:
        super().__init__(length=body.length, peer=body.peer)
        self._body = body
        self._left = after_bytes

    @property
    def is_complete(self) -> bool:
        return self._body.is_complete

    async def receive(self, at_least: int = 1) -> memoryview:
        if self._left == 0:
            raise ConnectionBroken("cut by the script", host=self.peer)
        piece = (await self._body.receive(min(at_least, self._left)))[: self._left]
        self._left -= len(piece)
        return piece


# ── a wrong answer ────────────────────────────────────────────────────────────────────────────────


def corrupt(position: int = 0) -> Fault:
    """Change one byte of the body; its length stays.

    Args:
        position: Which.

    Returns:
        The fault.
    """

    def change(data: bytes) -> bytes:
        return data[:position] + bytes([data[position] ^ 0xFF]) + data[position + 1 :]

    return _changing_body(change)


def replace_body(data: bytes) -> Fault:
    """Send another body, with its own length.

    Args:
        data: The body.

    Returns:
        The fault.
    """
    return _changing_body(lambda _: data)


def state_length(length: int) -> Fault:
    """State a ``Content-Length`` that is not the body's; the connection is closed after the body.

    Args:
        length: What to state.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        response = await application(request)
        data = b"" if request.method == "HEAD" else await _collected(response)

        async def run(stream: RawStream) -> None:
            await stream.send(data)

        return _raw(response, length, run)

    return fault


def set_header(name: str, value: str | None) -> Fault:
    """Change a field of the answer.

    Args:
        name: The field.
        value: Its value, or None to leave it out.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        response = await application(request)
        return replace(response, headers=response.headers.replacing(name, value))

    return fault


def set_status(status: int) -> Fault:
    """Change the status of the answer, and nothing else: ECR's 201 to a PATCH, for example.

    Args:
        status: The status.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        return replace(await application(request), status=status)

    return fault


def ignore_range() -> Fault:
    """Answer 200 and the whole blob to a request for a part of it.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        return await application(replace(request, headers=request.headers.replacing("Range", None)))

    return fault


# ── ways of registries ────────────────────────────────────────────────────────────────────────────


def refuse_mount() -> Fault:
    """Answer a mount with 202 and a new upload session, as registries do that cannot mount.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        return await application(replace(request, query=Query()))

    return fault


def no_referrers() -> Fault:
    """Know nothing of referrers: 404 to who asks for them, no ``OCI-Subject`` to who pushes one.

    Returns:
        The fault; put it on all requests.
    """

    async def fault(request: Request, application: Application) -> Response:
        if request.segments[-2:-1] == ("referrers",):
            return Response(HTTPStatus.NOT_FOUND)
        response = await application(request)
        return replace(response, headers=response.headers.replacing("OCI-Subject", None))

    return fault


def absolute_location(base: str) -> Fault:
    """Make a relative ``Location`` absolute.

    Args:
        base: ``http://host:port``, of this registry or of another.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        response = await application(request)
        location = response.headers.get("Location")
        if not location.startswith("/"):
            return response
        return replace(response, headers=response.headers.replacing("Location", base + location))

    return fault


def chunk_minimum(length: int) -> Fault:
    """Ask for chunks of a minimum length, and refuse smaller ones with 416; only the last may be smaller.

    Args:
        length: The minimum, in bytes.

    Returns:
        The fault; put it on ``*/blobs/uploads/*``.
    """

    async def fault(request: Request, application: Application) -> Response:
        size = request.body.length
        if request.method == "PATCH" and size is not None and size < length:
            response = await application(replace(request, method="GET"))
            return replace(response, status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response = await application(request)
        if request.method != "POST":
            return response
        return replace(response, headers=response.headers.replacing("OCI-Chunk-Min-Length", str(length)))

    return fault


def refuse_large_bodies(bytes_max: int) -> Fault:
    """Answer 413 to requests whose body is, or says it is, larger.

    Args:
        bytes_max: The largest body that passes.

    Returns:
        The fault.
    """

    async def fault(request: Request, application: Application) -> Response:
        if request.body.length is None or request.body.length > bytes_max:
            return Response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return await application(request)

    return fault


def move_blobs(storage_url: str) -> Fault:
    """Redirect a blob to a storage host, with a signature in the query as object stores have it.

    Args:
        storage_url: Where; see `ScriptedRegistry.storage`.

    Returns:
        The fault; put it on ``GET */blobs/*``.
    """

    async def fault(request: Request, application: Application) -> Response:
        response = await application(replace(request, method="HEAD"))
        if response.status >= HTTPStatus.BAD_REQUEST:
            return response
        response.close()
        location = f"{storage_url}/{'/'.join(request.segments[1:])}?X-Signature=secret"
        return Response(HTTPStatus.TEMPORARY_REDIRECT, Headers([("Location", location)]))

    return fault


# ── inside ────────────────────────────────────────────────────────────────────────────────────────


def _changing_body(change: Callable[[bytes], bytes]) -> Fault:
    async def fault(request: Request, application: Application) -> Response:
        response = await application(request)
        if request.method == "HEAD":
            return response
        return replace(response, body=change(await _collected(response)))

    return fault


async def _collected(response: Response) -> bytes:
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


def _raw(response: Response, length: int, run: Callable[[RawStream], Awaitable[None]]) -> Response:
    """Answer with the head of a response, a stated length, and whatever the function does then."""
    headers = response.headers.replacing("Content-Length", str(length))
    return Response(response.status, headers, Takeover(run))


async def _flushed(stream: RawStream) -> None:
    """Wait until the peer's system has what was sent: a reset would overtake the rest."""
    own: socket.socket = stream.transport.get_extra_info("socket")
    waiting = bytearray(4)
    while True:
        fcntl.ioctl(own.fileno(), termios.TIOCOUTQ, waiting)
        if stream.transport.get_write_buffer_size() == 0 and struct.unpack("i", waiting)[0] == 0:
            return
        await asyncio.sleep(_POLL_S)
