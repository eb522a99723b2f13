"""A wrong answer: other bytes, another length, other fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...frozen import replace
from .wire import collected, raw

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...serving import Application, RawStream, Request, Response
    from ..script import Fault

__all__ = ["corrupt", "ignore_range", "replace_body", "set_header", "set_status", "state_length"]


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
        data = b"" if request.method == "HEAD" else await collected(response)

        async def run(stream: RawStream) -> None:
            await stream.send(data)

        return raw(response, length, run)

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


def _changing_body(change: Callable[[bytes], bytes]) -> Fault:
    async def fault(request: Request, application: Application) -> Response:
        response = await application(request)
        if request.method == "HEAD":
            return response
        return replace(response, body=change(await collected(response)))

    return fault
