"""Opening connections: names to addresses, the rule on addresses, the race between them, proxies, TLS.

The rule on addresses (`Terms.permit`) is asked with what a name resolves to, immediately before those
very addresses are connected to, so that a name which changes its mind in between gains nothing. All of a
name's addresses must pass, since one that also leads to a forbidden place is hostile. Behind a proxy it
is the proxy that resolves names: there, only a target written as an address can be judged.

Looking a name up cannot be interrupted: the C library offers no way. A cancelled request that is in the
middle of it ends when the lookup does.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from .. import errors
from .channel import Channel, host_bytes
from .race import Address, race
from .tunnel import open_tunnel
from .unix_socket import connect_unix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .route import Route
    from .terms import Terms
    from .tls_context import Contexts

__all__ = ["dial", "judge"]


def dial(route: Route, terms: Terms, contexts: Contexts) -> Channel:
    """Open a connection.

    Args:
        route: Where to.
        terms: The terms of the request that needs it.
        contexts: Where SSL contexts come from.

    Returns:
        A channel that serves this request.

    Raises:
        ConnectFailed: The name is unknown, nobody listens, or a proxy refuses.
        TlsFailed: The handshake failed.
        AddressRefused: The rule on addresses forbids it.
        Stalled: Connecting, the proxy, or the handshake took too long.
        Cancelled: The request was cancelled.
    """
    terms.token.raise_if_cancelled()
    # First of all, since a broken certificate file needs no connection to be found out.
    context = None if route.tls is None else contexts.context(route.tls)
    channel = _connected(route, terms) if route.proxy is None else _connected_by_proxy(route, terms)
    if context is None:
        return channel
    from .tls_channel import secure  # loads ssl

    try:
        if route.proxy is not None:
            open_tunnel(channel, route, terms.timeouts.handshake_s)
        return secure(channel, context, route.host, terms)
    except BaseException:
        channel.close()
        raise


def judge(route: Route, address: str | None, terms: Terms) -> None:
    """Ask the rule on addresses whether a request may use a connection.

    Args:
        route: Where the connection leads.
        address: The address it was or will be made to; None behind a proxy, where only a host that is
            written as an address can be judged.
        terms: The terms of the request.

    Raises:
        AddressRefused: It may not.
    """
    if address is None:
        with contextlib.suppress(OSError, ValueError):
            family = socket.AF_INET6 if ":" in route.host else socket.AF_INET
            address = socket.inet_ntop(family, socket.inet_pton(family, route.host))
    if address is not None:
        terms.permit(route.host, address, route.port, terms.purpose)


def _connected(route: Route, terms: Terms) -> Channel:
    if route.socket_path is not None:
        sock = connect_unix(route.socket_path, terms, route.label)
        return Channel(sock, host=route.label, address=None, terms=terms)
    addresses = _resolve(route.host, route.port, route.label)
    for address in addresses:
        judge(route, address.text, terms)
    sock, address = race(addresses, terms, route.label)
    return Channel(sock, host=route.label, address=address.text, terms=terms)


def _connected_by_proxy(route: Route, terms: Terms) -> Channel:
    assert route.proxy is not None
    judge(route, None, terms)
    proxy = route.proxy
    sock, _ = race(_resolve(proxy.host, proxy.port, f"proxy {proxy}"), terms, f"proxy {proxy}")
    return Channel(sock, host=route.label, address=None, terms=terms)


def _resolve(host: str, port: int, label: str) -> list[Address]:
    try:
        found = socket.getaddrinfo(host_bytes(host), port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            message = f"{label}: its name cannot be looked up at present"
            hint = "check the network and its name servers"
        else:
            message, hint = f"{label}: no such host", "check the name"
        raise errors.ConnectFailed(message, host=label, hint=hint) from error
    except UnicodeError as error:  # labels that IDNA refuses, such as an empty one
        raise errors.ConnectFailed(f"{label}: not a host name", host=label, hint="check the name") from error
    by_family: dict[int, list[Address]] = {}
    for family, _, _, _, target in found:
        by_family.setdefault(family, []).append(Address(family, target))
    return list(_alternating(list(by_family.values())))


def _alternating(families: list[list[Address]]) -> Iterator[Address]:
    """Take addresses of each family in turn, the resolver's favourite first (RFC 8305, section 4)."""
    for place in range(max(map(len, families), default=0)):
        for family in families:
            if place < len(family):
                yield family[place]
