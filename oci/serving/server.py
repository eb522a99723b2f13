"""A server: one application, any number of listening sockets, one set of limits.

Closing is graceful: listening ends at once, idle connections are closed, requests under way get a grace time,
then they are cancelled and their connections aborted.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from .buffer import BufferPool
from .connection import Connection
from .limit import ServerLimits
from .listener import Address, bind, local_address

if TYPE_CHECKING:
    import ssl

    from .response import Application

__all__ = ["Server"]

_logger = logging.getLogger(__name__)

_TLS_HANDSHAKE_TIMEOUT_S = 15.0


class Server:
    """Serves an application on the running event loop.

    Args:
        application: Answers the requests.
        limits: What peers are allowed.
    """

    def __init__(self, application: Application, *, limits: ServerLimits | None = None) -> None:
        self._application = application
        self._limits = limits or ServerLimits()
        self._pool = BufferPool(
            buffers=self._limits.bulk_buffers, buffer_bytes=self._limits.bulk_buffer_bytes
        )
        self._servers: list[asyncio.Server] = []
        self._connections: set[Connection] = set()
        self._is_closing = False

    async def listen(
        self, address: Address, *, tls: ssl.SSLContext | None = None, exposed: bool = False
    ) -> Address:
        """Start to listen.

        Args:
            address: Where.
            tls: Encrypts every connection.
            exposed: Allow an address that other machines can reach.

        Returns:
            The address, with the port the system chose.

        Raises:
            InvalidValue: An address that must be asked for with ``exposed``.
            Locked: Somebody listens there already.
            StorageError: The operating system refuses.
        """
        own = bind(address, exposed=exposed)
        self._servers.append(
            await asyncio.get_running_loop().create_server(
                self._make_connection,
                sock=own,
                ssl=tls,
                ssl_handshake_timeout=_TLS_HANDSHAKE_TIMEOUT_S if tls is not None else None,
            )
        )
        return local_address(own)

    async def close(self, *, grace_s: float = 5.0) -> None:
        """Stop listening and end all connections.

        Args:
            grace_s: How long requests under way may still take.
        """
        self._is_closing = True
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            connection.finish()
        tasks = {connection.task for connection in self._connections}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace_s)
            for task in late:
                task.cancel()
            if late:
                _logger.info("cancelled %d requests that took longer than the grace time", len(late))
                await asyncio.wait(late)

    def _make_connection(self) -> Connection:
        return Connection(
            self._application,
            limits=self._limits,
            pool=self._pool,
            on_made=self._admit,
            on_lost=self._connections.discard,
        )

    def _admit(self, connection: Connection) -> None:
        self._connections.add(connection)
        if self._is_closing:
            connection.finish()
        elif len(self._connections) > self._limits.connections:
            connection.refuse(closes_at_once=len(self._connections) > 2 * self._limits.connections)
