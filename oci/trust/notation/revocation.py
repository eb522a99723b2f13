"""Whether certificates were revoked: asked of OCSP responders first, of CRLs where those do not know.

Trust policy specification, "Certificate Revocation Evaluation". Every certificate below the root is asked
about, the root's neighbour first. One that names neither a responder nor a list counts as good; one that
names them and about which nothing can be found out counts as bad: this fails closed, and it is the trust
policy that says whether that is enforced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import NotVerified
from ..certificate.rule import name_of
from ..verdict import Fault
from .crl import ask_lists, lists_of
from .inquiry import Finding, Inquiry, Status
from .ocsp import ask_responders, responders_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.x509 import Certificate

    from .inquiry import Fetch


class Revocation:
    """Asks whether certificates were revoked.

    Args:
        fetch: Brings answers and lists; None where nobody can be asked.
        clock: Tells the seconds since 1970.
    """

    def __init__(self, fetch: Fetch | None, *, clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock

    def check(self, chain: Sequence[Certificate], *, existed_s: float | None) -> None:
        """Find out whether a chain can be relied on.

        Args:
            chain: The chain with its root, of which somebody has found that it is trusted.
            existed_s: When what it signed existed, as somebody vouches, or None.

        Raises:
            NotVerified: A certificate was revoked, or that cannot be found out.
        """
        for position in range(len(chain) - 2, -1, -1):
            certificate = chain[position]
            finding = self._ask(certificate, chain[position + 1], existed_s)
            if finding.status is Status.REVOKED:
                raise NotVerified(
                    f"{name_of(certificate)} was revoked: {finding.reason}", fault=Fault.REVOKED.value
                )
            if finding.status is Status.UNKNOWN:
                raise NotVerified(
                    f"whether {name_of(certificate)} was revoked cannot be found out: {finding.reason}",
                    fault=Fault.UNCHECKED.value,
                )

    def _ask(self, certificate: Certificate, issuer: Certificate, existed_s: float | None) -> Finding:
        responders, lists = responders_of(certificate), lists_of(certificate)
        if not responders and not lists:
            return Finding(Status.GOOD)
        if self._fetch is None:
            return Finding(Status.UNKNOWN, "there is no network to ask over")
        inquiry = Inquiry(
            certificate=certificate,
            issuer=issuer,
            fetch=self._fetch,
            now_s=self._clock(),
            existed_s=existed_s,
        )
        finding = Finding(Status.UNKNOWN)
        if responders:
            finding = ask_responders(responders, inquiry)
        if lists and finding.status is Status.UNKNOWN:
            fallen_back = ask_lists(lists, inquiry)
            reasons = filter(None, (finding.reason, fallen_back.reason))
            finding = Finding(fallen_back.status, "; ".join(reasons))
        return finding
