"""A registry as the user named it: which hosts may be contacted for its sake, and how they are verified.

The user may name any host. Hosts that only an answer names (a realm, a redirect, a location, a link, a
layer's URL) are judged by `oci.wire.address`: never a metadata service, and loopback or private addresses
only if the registry itself is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..wire.redirect import Origin, origin_of
from .tls_choice import TlsChoice

if TYPE_CHECKING:
    from collections.abc import Callable

    from .terms import Purpose

__all__ = ["Site"]


def _verified(_origin: Origin) -> TlsChoice:
    return TlsChoice()


class Site:
    """One registry, and what is known of it; for several threads at once.

    Args:
        url: The registry's base URL, from what the user wrote. tls: Tells how a host is verified, this
        registry's or another one that its answers lead to. A choice not to
            verify is this registry's alone unless this says otherwise.
        socket_path: The unix socket by which it, and no other host, is reached; None for the network.

    Raises:
        AddressRefused: The text is not the URL of a host.
    """

    def __init__(
        self,
        url: str,
        *,
        tls: Callable[[Origin], TlsChoice] = _verified,
        socket_path: str | None = None,
    ) -> None:
        self.origin = origin_of(url)
        self.socket_path = socket_path
        self.tls = tls
        self._addresses: set[str] = set()

    @classmethod
    def unverified(cls, url: str) -> Site:
        """Make a site whose own certificate is not verified; those of other hosts are."""
        own = origin_of(url)
        return cls(url, tls=lambda origin: TlsChoice(verify=origin != own))

    def permit(self, host: str, address: str, port: int, purpose: Purpose) -> None:
        """Judge an address before it is connected to; the rule of `oci.net.terms.Terms`.

        Raises:
            AddressRefused: An answer of this registry must not lead there.
        """
        if (host.lower(), port) == (self.origin.host, self.origin.port):
            self._addresses.add(address)
            return
        # Loaded when an answer leads somewhere: its tables of networks take longer to build than all of this.
        from ..wire.address import check_led_to

        check_led_to(address, host=host, purpose=purpose.value, registry_ips=tuple(self._addresses))
