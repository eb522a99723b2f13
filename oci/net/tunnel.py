"""Tunnels: asking an HTTP proxy to pass bytes on to a host (CONNECT; RFC 9110, section 9.3.6)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .. import errors
from ..wire.printable import printable
from .head import Dialogue

if TYPE_CHECKING:
    from .channel import Channel
    from .head import Head
    from .route import Route

__all__ = ["open_tunnel"]


def open_tunnel(channel: Channel, route: Route, limit_s: float) -> None:
    """Make a channel to a proxy lead on to the route's host.

    Args:
        channel: The channel, which is connected to the proxy.
        route: Where to.
        limit_s: How long the proxy may take altogether, in seconds.

    Raises:
        ConnectFailed: The proxy refuses, or cannot reach the host.
        ConnectionBroken: It hung up or does not speak HTTP.
        Stalled: It took too long.
        Cancelled: The request was cancelled.
    """
    assert route.proxy is not None
    dialogue = Dialogue(f"proxy {route.proxy}")
    headers = [(b"Host", route.authority.encode())]
    if route.proxy.authorization:
        headers.append((b"Proxy-Authorization", route.proxy.authorization.encode("latin-1")))
    channel.send(memoryview(dialogue.ask(b"CONNECT", route.authority.encode(), headers)))
    try:
        head = _answer(channel, dialogue, time.monotonic() + limit_s)
    except errors.Stalled as error:
        message = f"proxy {route.proxy}: no tunnel to {route.label} within {limit_s:g} s"
        raise errors.Stalled(message, host=route.label) from error
    if not 200 <= head.status < 300:
        raise _refusal(route, head)
    if dialogue.has_rest():
        # The host behind it waits for us to speak first: whoever spoke is not that host.
        message = f"proxy {route.proxy}: sent bytes of its own into the tunnel"
        raise errors.ConnectionBroken(message, host=route.label)


def _answer(channel: Channel, dialogue: Dialogue, until: float) -> Head:
    while True:
        channel.wait(read=True, write=False, limit_s=until - time.monotonic())
        # Small steps: what follows the head belongs to TLS, and the proxy sends nothing of its own after it.
        received = channel.receive_now(4096)
        if received is None:
            continue
        head = dialogue.feed(received)
        if head is not None:
            return head


def _refusal(route: Route, head: Head) -> errors.ConnectFailed:
    said = f"{head.status} {printable(head.reason.decode('latin-1'), limit=80)}".rstrip()
    hint = "give the proxy's user and password" if head.status == 407 else ""
    message = f"{route.label}: the proxy {route.proxy} does not connect to it: {said}"
    return errors.ConnectFailed(message, host=route.label, hint=hint)
