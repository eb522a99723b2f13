"""A connection handed over after its head (101, hijacked streams, scripted faults): raw bytes both ways."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from .inlet import Inlet
    from .outlet import Outlet

__all__ = ["RawStream"]


class RawStream:
    """Bytes in both directions; what the peer sent early is received first.

    Args:
        transport: The connection.
        inlet: Its receiving half.
        outlet: Its sending half.
    """

    def __init__(self, transport: asyncio.Transport, inlet: Inlet, outlet: Outlet) -> None:
        self.transport = transport
        self._inlet = inlet
        self._outlet = outlet

    async def receive(self) -> memoryview:
        """Wait for bytes.

        Returns:
            Bytes that stay valid until the next call; empty once the peer has closed its side.

        Raises:
            ConnectionBroken: The peer is gone.
        """
        return (await self._inlet.take(timeout_s=None)).view

    async def send(self, data: bytes | memoryview) -> None:
        """Send bytes and wait until there is room for more.

        Raises:
            ConnectionBroken: The peer is gone.
            Stalled: The peer takes nothing.
        """
        await self._outlet.send(data)

    def send_eof(self) -> None:
        """Close our side; the peer may go on sending. Over TLS the whole connection closes."""
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def reset(self) -> None:
        """End the connection at once, so that the peer sees a reset and not an end."""
        own: socket.socket | None = self.transport.get_extra_info("socket")
        if own is not None and own.family != socket.AF_UNIX:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
