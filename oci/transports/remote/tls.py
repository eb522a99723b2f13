"""How the hosts that a registry leads to are verified: the registry as the user wishes, others by themselves.

What the user has decided about a registry (not to verify it, a client certificate to show it) is meant for
that host, on whatever port. A storage host or a token server elsewhere is verified as any other host is
(CVE-2019-10214 is a client that was laxer). Only authorities that the user trusts for the call as a whole
are trusted there too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InvalidReference
from ...frozen import replace
from ...net.tls_choice import TlsChoice
from ...settings.certificate import Certificates
from ...settings.security import Security

if TYPE_CHECKING:
    from ...settings import Settings
    from ...wire.redirect import Origin


class TlsChoices:
    """Chooses for each host; the certificate directories are read once for each.

    Args:
        name: The registry as the user wrote it.
        host: The host that answers for it.
        settings: What the user has decided.
    """

    def __init__(self, name: str, host: str, settings: Settings) -> None:
        self._name = name
        self._host = host
        self._settings = settings
        self._made: dict[Origin, TlsChoice] = {}

    def choice(self, origin: Origin) -> TlsChoice:
        """Say how a host is verified.

        Raises:
            InvalidSettings: Its certificates are incomplete or cannot be read.
        """
        choice = self._made.get(origin)
        if choice is None:
            choice = self._made[origin] = self._make(origin)
        return choice

    def _make(self, origin: Origin) -> TlsChoice:
        if origin.scheme != "https":
            return TlsChoice()
        settings = self._settings
        if origin.host == self._host:
            security, found = settings.security_of(self._name), settings.certificates_for(self._name)
            return TlsChoice.of(security, found, settings.tls_details)
        name = _registry_name(origin)
        security = settings.security_by_host.get(name, Security.VERIFIED)
        return TlsChoice.of(security, self._certificates(name), settings.tls_details)

    def _certificates(self, name: str) -> Certificates:
        try:
            found = self._settings.certificates_for(name)
        except InvalidReference:
            # Buckets have underscores in their names, registries do not: nobody can have set anything.
            return Certificates()
        is_for_all = self._settings.certificate_directory is not None
        return replace(found, clients=()) if is_for_all else found


def _registry_name(origin: Origin) -> str:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return host if origin.port == 443 else f"{host}:{origin.port}"
