"""HTTP proxies as values: which proxy, if any, a request goes through.

The rules are curl's and Go's: ``NO_PROXY`` lists hosts, domain suffixes (with or without a leading dot),
addresses, networks in CIDR notation, each with an optional port, or ``*``; localhost and loopback
addresses never go through a proxy. Nothing here reads the environment; what stands in it comes as
`oci.settings.Proxies`.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from .. import errors
from ..frozen import field, frozen

if TYPE_CHECKING:
    from ..settings import Proxies

__all__ = ["ProxyAddress", "ProxySettings"]


@frozen(kw_only=True)
class ProxyAddress:
    """A proxy that speaks HTTP, and what it is to be told.

    Args:
        host: Its name or address.
        port: Its port.
        authorization: The value of ``Proxy-Authorization``, or an empty string.
    """

    host: str
    port: int
    authorization: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@frozen(kw_only=True)
class ProxySettings:
    """Which proxies to use.

    Args:
        http: The proxy for plain requests.
        https: The proxy that opens tunnels for https.
        no_proxy: Hosts that are reached directly, as the module describes.
    """

    http: ProxyAddress | None = None
    https: ProxyAddress | None = None
    no_proxy: tuple[str, ...] = ()

    @classmethod
    def parse(cls, proxies: Proxies) -> ProxySettings:
        """Understand what the user has written.

        Raises:
            InvalidSettings: A proxy's URL cannot be understood, or is not of the kind ``http://``.
        """
        hosts = (each.strip().lower() for each in proxies.no_proxy.replace(" ", ",").split(","))
        return cls(
            http=_parse("HTTP_PROXY", proxies.http),
            https=_parse("HTTPS_PROXY", proxies.https),
            no_proxy=tuple(each for each in hosts if each),
        )

    def proxy_for(self, scheme: str, host: str, port: int) -> ProxyAddress | None:
        """Choose the proxy for a request, or None to connect directly.

        Args:
            scheme: ``http`` or ``https``.
            host: The target's host, without brackets.
            port: The target's port.
        """
        proxy = self.https if scheme == "https" else self.http
        if proxy is None or self._is_direct(host.lower().rstrip("."), port):
            return None
        return proxy

    def _is_direct(self, host: str, port: int) -> bool:
        import ipaddress

        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            address = None
        if host == "localhost" or (address is not None and address.is_loopback):
            return True
        return any(_covers(rule, host, port, address) for rule in self.no_proxy)


def _covers(rule: str, host: str, port: int, address: object) -> bool:
    if rule == "*":
        return True
    name, rule_port = _split_port(rule)
    if rule_port is not None and rule_port != port:
        return False
    if address is not None:
        return _holds(name, address)
    name = name.removeprefix("*").removeprefix(".")
    return host == name or host.endswith(f".{name}")


def _holds(network: str, address: object) -> bool:
    import ipaddress

    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _split_port(rule: str) -> tuple[str, int | None]:
    """Part ``host:port`` and ``[v6]:port``; a bare IPv6 address has colons of its own and no port."""
    if rule.startswith("["):
        name, _, rest = rule[1:].partition("]")
        return name, int(rest[1:]) if rest.startswith(":") and rest[1:].isdecimal() else None
    name, colon, port = rule.rpartition(":")
    if colon and port.isdecimal() and ":" not in name:
        return name, int(port)
    return rule, None


def _parse(key: str, text: str) -> ProxyAddress | None:
    text = text.strip()
    if not text:
        return None
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if not host:
        raise errors.InvalidSettings(f"{key} is not the URL of a proxy", path="", key=key)
    if parts.scheme.lower() != "http":
        message = f"{key}: proxies of the kind {parts.scheme}:// are not supported"
        raise errors.InvalidSettings(message, path="", key=key, hint="give an http:// proxy")
    authorization = ""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode("ascii")
    return ProxyAddress(host=host, port=port or 80, authorization=authorization)
