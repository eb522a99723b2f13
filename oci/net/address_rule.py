"""Where the answers of one registry may lead: asked with each address before a connection to it is used.

The host that the user named may be anywhere. What that host names (token servers, redirects, upload
locations, pages) is judged by `oci.wire.address`, with the addresses that the registry itself was reached at.
"""

from __future__ import annotations

from ..wire.address import check_led_to
from .terms import Purpose

__all__ = ["AddressRule"]


class AddressRule:
    """The rule for everything that one registry leads to; a `oci.net.terms.Permit`.

    Example:
        >>> rule = AddressRule()
        >>> rule("registry.example", "192.0.2.1", 443, Purpose.REGISTRY)
        >>> rule("metadata.example", "169.254.169.254", 80, Purpose.TOKEN)
        Traceback (most recent call last):
            ...
        oci.errors.AddressRefused: ...
    """

    def __init__(self) -> None:
        # Only added to, by single operations: safe from several threads.
        self._registry_ips: set[str] = set()

    def __call__(self, host: str, address: str, port: int, purpose: Purpose) -> None:
        """Judge one address.

        Raises:
            AddressRefused: The registry's answer must not lead there.
        """
        del port
        if purpose is Purpose.REGISTRY:
            self._registry_ips.add(address)
        else:
            check_led_to(address, host=host, purpose=purpose.value, registry_ips=tuple(self._registry_ips))
