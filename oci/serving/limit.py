"""Every limit of a server, with its default.

A limit is a value of this class: code carries no number of its own that a peer could reach.
"""

from __future__ import annotations

from ..frozen import frozen

__all__ = ["ServerLimits"]


@frozen(kw_only=True)
class ServerLimits:
    """What one server allows its peers.

    Args:
        connections: Open connections; one more is answered 503 and closed.
        head_bytes: Request line and header fields of one request.
        head_timeout_s: From a head's first byte to its last.
        idle_timeout_s: Between two requests of one connection.
        stall_timeout_s: A body, in either direction, during which not one byte moves.
        linger_bytes: What is still read of a body nobody asked for, so that the peer sees our answer.
        linger_timeout_s: How long that may take.
        bulk_buffers: Large receive buffers that all connections share; with none left, pieces are small.
        bulk_buffer_bytes: The size of each.
    """

    connections: int = 512
    head_bytes: int = 64 * 1024
    head_timeout_s: float = 20.0
    idle_timeout_s: float = 75.0
    stall_timeout_s: float = 60.0
    linger_bytes: int = 8 * 1024 * 1024
    linger_timeout_s: float = 3.0
    bulk_buffers: int = 12
    bulk_buffer_bytes: int = 4 * 1024 * 1024
