"""How a host is to be verified, as a value; OpenSSL's part is in `tls`, which plain HTTP never loads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..frozen import frozen, replace
from ..settings.tls_details import TlsDetails

if TYPE_CHECKING:
    from ..settings import Certificates, Security

__all__ = ["TlsChoice"]


@frozen(kw_only=True)
class TlsChoice:
    """How one host is verified, and how we show ourselves to it.

    Args:
        verify: Whether its certificate must be valid for its name and lead to a trusted CA.
        ca_files: PEM files of CAs that are trusted besides the system's.
        clients: Certificates of ours: for each a PEM file with it and its chain, and one with its private
            key, unencrypted.
        details: What both may agree on.
    """

    verify: bool = True
    ca_files: tuple[str, ...] = ()
    clients: tuple[tuple[str, str], ...] = ()
    details: TlsDetails = TlsDetails()

    @property
    def offers(self) -> tuple[TlsChoice, ...]:
        """The same choice with one certificate of ours each, in the order in which a host is shown them.

        Go picks among them by the authorities that the host names. Python does not tell which these are, and
        so they are tried. So are the groups for the exchange of keys, where somebody has listed some: Python
        can offer one of them, or those that are usual.
        """
        choices = tuple(replace(self, clients=(client,)) for client in self.clients) or (self,)
        details = tuple(replace(self.details, groups=(group,)) for group in self.details.groups or ())
        return tuple(replace(choice, details=each) for each in details for choice in choices) or choices

    @classmethod
    def of(
        cls, security: Security, certificates: Certificates, details: TlsDetails | None = None
    ) -> TlsChoice:
        """Make the choice that a user's settings ask for."""
        return cls(
            verify=security.verifies,
            ca_files=tuple(map(str, certificates.authorities)),
            clients=tuple((str(each.certificate), str(each.key)) for each in certificates.clients),
            details=details or TlsDetails(),
        )
