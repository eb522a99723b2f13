"""Which network addresses a client may be led to by an answer.

A registry names hosts: a token realm, a redirect, an upload location, a paging link, a foreign layer's URL.
Whoever controls the registry chooses them, so that a careless client becomes a way into the network
it runs in. The address that is connected to is judged, not the name: names can be made to
resolve to anything. Hosts that the user wrote are the user's business and are not judged here.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Final

from ..errors import AddressRefused
from .printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORBIDDEN_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # "this network": Linux takes 0.0.0.0 for loopback
        "169.254.0.0/16",  # link-local, with the metadata service of most clouds
        "100.100.100.200/32",  # metadata service of Alibaba Cloud
        "168.63.129.16/32",  # wire server of Azure
        "192.0.0.192/32",  # metadata service of Oracle Cloud, formerly
        "224.0.0.0/4",  # multicast
        "255.255.255.255/32",  # broadcast
    )
)
_FORBIDDEN_V6: Final = tuple(
    IPv6Network(text)
    for text in (
        "::/128",  # unspecified: loopback to Linux
        "fe80::/10",  # link-local
        "fd00:ec2::/32",  # metadata service of AWS at ::254, with its neighbours (time, names)
        "fd20:ce::254/128",  # metadata service of Google Cloud
        "ff00::/8",  # multicast
    )
)
_LOCAL_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "198.18.0.0/15",
    )
)
_LOCAL_V6: Final = tuple(
    # Loopback, unique local, the deprecated site-local, and translation prefixes of a network's own.
    IPv6Network(text)
    for text in ("::1/128", "fc00::/7", "fec0::/10", "64:ff9b:1::/48")
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")


def is_forbidden(ip: str) -> bool:
    """Tell whether no answer may ever lead to an address: link-local, metadata services, multicast, nonsense.

    Args:
        ip: An IPv4 or IPv6 address as text. IPv4 addresses inside of IPv6 ones are judged by what they are.
    """
    address = _parse(ip)
    if address is None:
        return True
    if isinstance(address, IPv4Address):
        return any(address in network for network in _FORBIDDEN_V4)
    return any(address in network for network in _FORBIDDEN_V6)


def is_local(ip: str) -> bool:
    """Tell whether an address is loopback or private: reachable from here, but not from everywhere."""
    address = _parse(ip)
    if isinstance(address, IPv4Address):
        return any(address in network for network in _LOCAL_V4)
    return address is not None and any(address in network for network in _LOCAL_V6)


def may_be_led_to(ip: str, *, registry_ips: Iterable[str]) -> bool:
    """Tell whether an answer may lead to an address.

    Public addresses may be named by anybody. Loopback and private ones only by a registry that is there
    itself: one on the internet has no business in the network of its client.

    Args:
        ip: The address to connect to.
        registry_ips: Every address that the registry's host, as the user wrote it, has; none means unknown.
    """
    if is_forbidden(ip):
        return False
    if not is_local(ip):
        return True
    known = tuple(registry_ips)
    return bool(known) and all(map(is_local, known))


def check_led_to(ip: str, *, host: str, purpose: str, registry_ips: Iterable[str]) -> None:
    """Refuse an address that an answer must not lead to; see `may_be_led_to`.

    Args:
        ip: The address to connect to.
        host: The host whose address it is, as the answer named it.
        purpose: What the answer named it for, such as ``token realm`` or ``redirect``.
        registry_ips: Every address of the registry's host.

    Raises:
        AddressRefused: The answer must not lead there.
    """
    if may_be_led_to(ip, registry_ips=registry_ips):
        return
    name = printable(host)
    raise AddressRefused(
        f"the {purpose} leads to {name} at {printable(ip)}, where an answer may not send us",
        host=name,
        hint="addresses of metadata services, and private ones named by a public registry, are never asked",
    )


def _parse(ip: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return None
    return address if isinstance(address, IPv4Address) else _unwrapped(address)


def _unwrapped(address: IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that packets to an IPv6 address end up at, or the address itself."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    is_compatible = address in _COMPATIBLE and int(address) > 1
    return IPv4Address(int(address) & 0xFFFFFFFF) if is_compatible or address in _NAT64 else address
