"""Lookaside places on the web, which are read and never written (containers-registries.d(5)).

404 is where the numbered files end. Any other failure, throttling above all, means that nobody knows what
there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...errors import Cancelled, LimitExceeded, OciError
from ...frozen import frozen
from ...net.clock import Clock
from ...net.request import Request
from ...net.site import Site
from ...transports.remote.network import Network
from ...wire.failure import failure
from ..verdict import Absent, Found, Unasked
from .packet import MAX_BYTES
from .shelf import MAX_SIGNATURES, folder_name, signature_in

if TYPE_CHECKING:
    from ...net.answer import Answer
    from ...transports.session import Session
    from ..signature import Signature, Subject
    from ..verdict import Reading

_GONE: Final = frozenset({404, 410})


@frozen
class WebShelf:
    """A lookaside place behind a URL.

    Args:
        base: The URL.
        session: Connections, limits and cancelling.
    """

    base: str
    session: Session

    def read(self, subject: Subject) -> Reading:
        """Look for the signatures of an image; see `oci.trust.family.Shelf`."""
        if subject.name is None:
            return Absent(self.base)
        place = f"{self.base}/{folder_name(subject.name, subject.digest)}"
        try:
            return self._read(place)
        except Cancelled:
            raise
        except OciError as error:
            return Unasked(place, error)

    def _read(self, place: str) -> Reading:
        network = self.session.shared.get(Network, self._network)
        site = Site(self.base)
        found: list[Signature] = []
        for number in range(1, MAX_SIGNATURES + 2):
            url = f"{place}/signature-{number}"
            answer = network.client.send(
                Request(method="GET", url=url, site=site),
                token=self.session.token,
                limit_bytes=MAX_BYTES,
                limit_name="signature",
            )
            if answer.status in _GONE:
                return Found(place, tuple(found)) if found else Absent(place)
            if answer.status != 200:
                raise _refused(answer)
            found.append(signature_in(answer.body, url))
        raise LimitExceeded(limit="signatures", allowed=MAX_SIGNATURES, where=place)

    def _network(self) -> Network:
        return Network(self.session.settings, self.session.limits, self.session.trace)


def _refused(answer: Answer) -> OciError:
    return failure(
        answer.status,
        answer.headers,
        answer.body,
        method="GET",
        url=answer.url,
        what="a signature",
        now=Clock().now(),
    )
