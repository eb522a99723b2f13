"""A connection that serves one request after another; between them it rests in the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .body import body_of
from .header import Headers
from .message import RawAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from .channel import Channel
    from .head import Dialogue, Head
    from .route import Route
    from .terms import Terms

__all__ = ["Connection"]


class Connection:
    """A channel, where it leads, and what becomes of it after each request.

    Args:
        channel: The open channel.
        route: Where it leads.
        give_back: Called with the connection when it may serve another request.
    """

    def __init__(self, channel: Channel, route: Route, give_back: Callable[[Connection], None]) -> None:
        self.channel = channel
        self.route = route
        self.idle_since = 0.0
        self.served = 0
        self._give_back = give_back

    def serve(self, terms: Terms) -> None:
        """Begin with another request, under its terms."""
        self.channel.bind(terms)

    def respond(self, dialogue: Dialogue, head: Head, *, complete: bool) -> RawAnswer:
        """Make the answer to the request that is being served.

        Args:
            dialogue: The dialogue that read the head.
            head: The head.
            complete: Whether the request itself was sent to its end.
        """
        self.served += 1
        # Taken before the body is made: an empty one gives the connection back at once.
        address = self.channel.address
        body = body_of(self, dialogue, head, complete=complete)
        headers = Headers.received(head.headers)
        return RawAnswer(
            head.status, headers, body, reason=head.reason, version=head.version, address=address
        )

    def settle(self, *, reusable: bool) -> None:
        """End the present request.

        Args:
            reusable: Whether the connection may serve another one.
        """
        if reusable:
            self.channel.unbind()
            self._give_back(self)
        else:
            self.channel.close()
