"""In the middle of an answer, or of an upload: the connection breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ConnectionBroken
from ...frozen import replace
from ...serving import Body
from .wire import collected, flushed, raw

if TYPE_CHECKING:
    from ...serving import Application, RawStream, Request, Response
    from ..script import Fault

__all__ = ["cut", "cut_upload"]


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
        data = await collected(response)

        async def run(stream: RawStream) -> None:
            await stream.send(data[:after_bytes])
            if by_reset:
                await flushed(stream)
                stream.reset()

        return raw(response, len(data), run)

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
