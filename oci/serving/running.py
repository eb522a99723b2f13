"""A server in a thread of its own, for programs and tests that are synchronous."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..frozen import frozen
from .listener import Address, TcpAddress
from .server import Server

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from .limit import ServerLimits
    from .response import Application

__all__ = ["Running", "running"]

_LOOPBACK = TcpAddress("127.0.0.1", 0)


@frozen
class Running:
    """A server that is up.

    Args:
        address: Where it listens.
        is_tls: Whether it speaks https.
        loop: Its event loop, for `asyncio.run_coroutine_threadsafe`.
    """

    address: Address
    is_tls: bool
    loop: asyncio.AbstractEventLoop

    @property
    def host(self) -> str:
        """The address as a registry name or a URL writes it: ``127.0.0.1:41234``."""
        return str(self.address)

    @property
    def port(self) -> int:
        """The TCP port; 0 for a unix socket."""
        return self.address.port if isinstance(self.address, TcpAddress) else 0

    @property
    def url(self) -> str:
        """The URL of its root, without a slash at the end."""
        return f"{'https' if self.is_tls else 'http'}://{self.host}"


@contextmanager
def running(
    application: Application,
    address: Address = _LOOPBACK,
    *,
    tls: ssl.SSLContext | None = None,
    limits: ServerLimits | None = None,
    grace_s: float = 1.0,
) -> Iterator[Running]:
    """Serve an application from a thread, until the block ends.

    Args:
        application: Answers the requests, on the thread's event loop.
        address: Where to listen; loopback and any free port by default.
        tls: Encrypts every connection.
        limits: What peers are allowed.
        grace_s: How long requests under way may take when the block ends.

    Yields:
        The running server.

    Raises:
        Locked: Somebody listens there already.
        StorageError: The operating system refuses.

    Example:
        >>> from urllib.request import ProxyHandler, build_opener
        >>> from oci.serving import text_response
        >>> async def hello(request):
        ...     return text_response(200, "hello")
        >>> with running(hello) as server:
        ...     with build_opener(ProxyHandler({})).open(server.url) as answer:
        ...         answer.status
        200
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="oci-serving", daemon=True)
    thread.start()
    server = Server(application, limits=limits)
    try:
        bound = asyncio.run_coroutine_threadsafe(server.listen(address, tls=tls), loop).result()
        try:
            yield Running(bound, tls is not None, loop)
        finally:
            asyncio.run_coroutine_threadsafe(server.close(grace_s=grace_s), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
