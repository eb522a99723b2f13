"""Under what terms one request travels: who may stop it, where it may go, how long it may stand still.

Terms are a value that goes with the request (``request.extensions["terms"]``) rather than state of the
client, because each is about this one request: the same host may be asked for the user's registry and, a
moment later, as the place that somebody's redirect names.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias

from ..content.cancellation import CancelToken
from ..frozen import field, frozen
from .tls_choice import TlsChoice

__all__ = ["Permit", "Purpose", "Terms", "Timeouts", "anywhere"]


class Purpose(StrEnum):
    """Why a host is contacted, which decides how far it is trusted; the text is for messages."""

    REGISTRY = "registry"
    """The user named this host."""
    REALM = "token server"
    """A challenge named it."""
    REDIRECT = "redirect"
    """A redirect named it."""
    UPLOAD = "upload location"
    """The answer to the start of an upload named it."""
    PAGE = "next page"
    """A Link header named it."""
    FOREIGN = "foreign layer"
    """A manifest named it."""


Permit: TypeAlias = Callable[[str, str, int, Purpose], None]
"""Asked with host, resolved address, port and purpose before a connection is used; raises AddressRefused."""


def anywhere(host: str, address: str, port: int, purpose: Purpose) -> None:
    """Permit every address."""


@frozen(kw_only=True)
class Timeouts:
    """How long a request may stand still in each of its phases. There is no limit on the whole.

    Args:
        connect_s: Until one of the host's addresses accepts the connection.
        handshake_s: For the TLS handshake, and for a proxy to open its tunnel.
        idle_s: Without one byte moving in either direction.
        answer_s: From the last byte of an upload to the first of its answer: a registry may have to
            assemble and hash what it got before it can say anything.
    """

    connect_s: float = 30.0
    handshake_s: float = 20.0
    idle_s: float = 60.0
    answer_s: float = 300.0


@frozen(kw_only=True)
class Terms:
    """The terms of one request.

    Args:
        token: Cancelling it ends the request at once, whatever phase it is in.
        purpose: Why this host is contacted.
        permit: The rule on addresses.
        tls: How to verify this host, if the URL is https.
        timeouts: How long it may stand still.
        socket_path: The unix socket that is connected to in place of the URL's host, or None.
    """

    token: CancelToken = field(default_factory=CancelToken)
    purpose: Purpose = Purpose.REGISTRY
    permit: Permit = anywhere
    tls: TlsChoice = field(default_factory=TlsChoice)
    timeouts: Timeouts = field(default_factory=Timeouts)
    socket_path: str | None = None
