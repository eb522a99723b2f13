"""What a trusted root says, as values (protobuf-specs, sigstore_trustroot.proto)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...frozen import field, frozen
from ..witness import Witnesses

if TYPE_CHECKING:
    from ..certificate.authority import Authority
    from ..log.trusted import TrustedLog


@frozen(kw_only=True)
class TrustedRoot:
    """Those who are trusted, each within a window of time.

    Args:
        logs: Logs of signatures (Rekor).
        authorities: Authorities that vouch for certificates (Fulcio).
        certificate_logs: Logs of certificates (certificate transparency).
        timestamp_authorities: Authorities that vouch for times.
        path: Where it was read, for messages.
    """

    logs: tuple[TrustedLog, ...] = ()
    authorities: tuple[Authority, ...] = ()
    certificate_logs: tuple[TrustedLog, ...] = ()
    timestamp_authorities: tuple[Authority, ...] = ()
    path: str = field(default="", compare=False)

    @property
    def witnesses(self) -> Witnesses:
        """Those who vouch for the time at which something was signed."""
        return Witnesses(logs=self.logs, authorities=self.timestamp_authorities)
