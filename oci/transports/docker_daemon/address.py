"""Addresses of container engines: a unix socket, or a host and a port.

==========================  ==============================================================================
``unix:///run/docker.sock`` a socket; ``unix://`` alone and an empty text are Docker's usual one
``tcp://HOST:PORT``         TLS; plain HTTP on loopback where no certificates are given and the port is not
                            2376, since who may speak to an engine in the clear is root on its host
``https://HOST:PORT``       TLS
``http://HOST:PORT``        plain HTTP, asked for by name
==========================  ==============================================================================
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

from ...errors import InvalidReference, Unsupported
from ...frozen import frozen

USUAL_SOCKET: Final = "/var/run/docker.sock"

PLAIN_PORT: Final = 2375
TLS_PORT: Final = 2376

_FORMS: Final = "write unix:///PATH or tcp://HOST:PORT"
_HOST: Final = re.compile(
    r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?))(?::([0-9]{1,5}))?/?"
)


@frozen
class DaemonAddress:
    """Where an engine listens.

    Args:
        text: The address as people write it.
        url: The base URL of its API, without a slash at the end.
        socket_path: The unix socket that leads there, or None for the network.
    """

    text: str
    url: str
    socket_path: str | None = None

    @property
    def is_tls(self) -> bool:
        """Whether the engine has to show a certificate."""
        return self.url.startswith("https:")

    @classmethod
    def parse(cls, text: str, *, wants_tls: bool = False) -> DaemonAddress:
        """Read an address.

        Args:
            text: The address; an empty text is the usual socket.
            wants_tls: Whether ``tcp://`` on loopback means TLS, too: the user gave certificates for it.

        Raises:
            InvalidReference: It has none of the forms above.
            Unsupported: The engine is reached in a way that this library does not know.
        """
        scheme, mark, rest = (text or f"unix://{USUAL_SOCKET}").partition("://")
        if not mark:
            raise InvalidReference(f"{text[:160]!a} is no address of a container engine", hint=_FORMS)
        if scheme == "unix":
            return cls._of_socket(rest or USUAL_SOCKET)
        if scheme in {"ssh", "npipe", "fd"}:
            raise Unsupported(f"an engine cannot be reached by {scheme}://", hint=_FORMS)
        if scheme not in {"tcp", "http", "https"}:
            raise InvalidReference(f"{text[:160]!a} is no address of a container engine", hint=_FORMS)
        return cls._of_host(text, scheme, rest, wants_tls=wants_tls)

    @classmethod
    def _of_socket(cls, path: str) -> DaemonAddress:
        if not path.startswith("/") or "\0" in path:
            raise InvalidReference(f"{path[:160]!a} is no absolute path of a socket", hint=_FORMS)
        return cls(f"unix://{path}", "http://localhost", path)

    @classmethod
    def _of_host(cls, text: str, scheme: str, rest: str, *, wants_tls: bool) -> DaemonAddress:
        matched = _HOST.fullmatch(rest)
        if not matched or int(matched[3] or 1) not in range(1, 65536):
            raise InvalidReference(f"{text[:160]!a} is no address of a container engine", hint=_FORMS)
        host = matched[1] or matched[2]
        port = int(matched[3] or (PLAIN_PORT if scheme == "http" else TLS_PORT))
        is_plain = scheme == "http" or (
            scheme == "tcp" and not wants_tls and port != TLS_PORT and _is_loopback(host)
        )
        shown = f"[{host}]" if matched[1] else host
        return cls(f"{scheme}://{shown}:{port}", f"{'http' if is_plain else 'https'}://{shown}:{port}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
