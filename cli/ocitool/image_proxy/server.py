"""The loop: a packet, its answer, until the client has had enough or goes away, or the work is cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oci.errors import InvalidDocument
from oci.frozen import replace

from .channel import Channel
from .handler import Handler
from .message import refusal

if TYPE_CHECKING:
    from oci import Context


def serve(descriptor: int, context: Context) -> None:
    """Answer the requests of a client until it has had enough.

    Args:
        descriptor: The file descriptor of the socket.
        context: What images are opened with.

    Raises:
        Unsupported: The descriptor is no such socket.
        Cancelled: The context's token was cancelled.
    """
    token = context.token.child()
    with Channel(descriptor, token) as channel, Handler(replace(context, token=token)) as handler:
        while True:
            try:
                packet = channel.receive()
            except InvalidDocument as error:
                answer: tuple[bytes, tuple[int, ...]] | None = refusal(error), ()
            else:
                answer = None if packet is None else handler.answer(packet)
            if answer is None or not channel.send(*answer):
                break
    context.token.raise_if_cancelled()
