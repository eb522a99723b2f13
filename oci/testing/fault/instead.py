"""Instead of an answer: another one, a redirect, a reset, silence."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from ...serving import Headers, RawStream, Response, Takeover
from .wire import collected, raw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...serving import Application, Request
    from ..script import Fault

__all__ = ["Stall", "answer", "answer_json", "delay", "redirect", "reset", "stall"]


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
        data, sent = await collected(response), self._after_bytes

        async def run(stream: RawStream) -> None:
            await stream.send(data[:sent])
            await released.wait()
            await stream.send(data[sent:])

        return raw(response, len(data), run)

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
