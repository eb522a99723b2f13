"""A file on the web that the user has named by its URL; no registry, no login."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...net.clock import Clock
from ...net.request import Request
from ...net.site import Site
from ...wire.failure import failure
from .network import Network

if TYPE_CHECKING:
    from ...net.answer import StreamAnswer
    from ..session import Session

_OK = 200


def open_web_file(url: str, session: Session) -> StreamAnswer:
    """Open a file for reading; its bytes are checked by nobody.

    Args:
        url: Where it is, an ``http://`` or ``https://`` URL; redirects are followed.
        session: Connections, limits and cancelling.

    Raises:
        NotFound: It is not there.
        RegistryError: Its host refuses.
        TransportError: Its host cannot be reached.
    """
    network = session.shared.get(Network, lambda: Network(session.settings, session.limits, session.trace))
    stream = network.client.stream(Request(method="GET", url=url, site=Site(url)), token=session.token)
    if stream.status == _OK:
        return stream
    answer = stream.read_document()
    raise failure(
        answer.status,
        answer.headers,
        answer.body,
        method="GET",
        url=answer.url,
        what=answer.shown_url,
        now=Clock().now(),
        name=answer.shown_url,
    )
