"""A route: where a connection leads and by which way, which is what decides who may share it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frozen import frozen
from ..wire.redirect import DEFAULT_PORTS

if TYPE_CHECKING:
    from .proxy import ProxyAddress, ProxySettings
    from .tls_choice import TlsChoice
    from .url import Url

__all__ = ["Route", "route_of"]


@frozen
class Route:
    """Connections with equal routes are interchangeable.

    Args:
        host: The host the connection is for, without brackets.
        port: Its port.
        tls: How it is verified; None for plain HTTP.
        proxy: The proxy in between, or None.
        socket_path: The unix socket that is connected to in place of the host, or None.
    """

    host: str
    port: int
    tls: TlsChoice | None
    proxy: ProxyAddress | None
    socket_path: str | None = None

    @property
    def authority(self) -> str:
        """The host and port as a CONNECT request writes them, the port always spelled out."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def label(self) -> str:
        """The host as messages name it: with its port unless it is the usual one; or the unix socket."""
        if self.socket_path is not None:
            return f"unix://{self.socket_path}"
        usual = DEFAULT_PORTS["http" if self.tls is None else "https"]
        return self.authority.removesuffix(f":{usual}")


def route_of(
    url: Url, tls: TlsChoice, proxies: ProxySettings | None, *, socket_path: str | None = None
) -> Route:
    """Find the route for a URL.

    Args:
        url: The URL.
        tls: How its host is to be verified, if it is https.
        proxies: The proxies to choose from, or None.
        socket_path: The unix socket that leads to the host, or None.
    """
    scheme, host, port = url.origin.scheme, url.origin.host, url.origin.port
    return Route(
        host=host,
        port=port,
        tls=tls if scheme == "https" else None,
        proxy=None if proxies is None or socket_path else proxies.proxy_for(scheme, host, port),
        socket_path=socket_path,
    )
