"""Waiting until a socket can be read or written: ``poll`` where there is one, ``select`` elsewhere.

``select`` alone would fail on descriptors above 1023; ``poll`` does not exist on Windows.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Collection

__all__ = ["ready"]


def ready(
    readers: Collection[socket.socket], writers: Collection[socket.socket], limit_s: float
) -> tuple[list[socket.socket], list[socket.socket]]:
    """Wait until at least one socket is ready, or has failed, which counts as ready.

    Args:
        readers: Sockets to be read from.
        writers: Sockets to be written to, or being connected.
        limit_s: How long to wait at most, in seconds; 0 only looks.

    Returns:
        Those that can be read and those that can be written; both empty when the time was up.
    """
    return _wait(readers, writers, max(limit_s, 0.0))


def _by_poll(
    readers: Collection[socket.socket], writers: Collection[socket.socket], limit_s: float
) -> tuple[list[socket.socket], list[socket.socket]]:
    interest: dict[int, int] = {}
    for each in readers:
        interest[each.fileno()] = select.POLLIN
    for each in writers:
        interest[each.fileno()] = interest.get(each.fileno(), 0) | select.POLLOUT
    poll = select.poll()
    for descriptor, events in interest.items():
        poll.register(descriptor, events)
    # Failures (POLLERR, POLLHUP, POLLNVAL) are found by whoever reads or writes next.
    failed = ~(select.POLLIN | select.POLLOUT)
    happened = dict(poll.poll(limit_s * 1000))
    return (
        [each for each in readers if happened.get(each.fileno(), 0) & (select.POLLIN | failed)],
        [each for each in writers if happened.get(each.fileno(), 0) & (select.POLLOUT | failed)],
    )


def _by_select(
    readers: Collection[socket.socket], writers: Collection[socket.socket], limit_s: float
) -> tuple[list[socket.socket], list[socket.socket]]:
    # On Windows a connection that could not be made shows up as exceptional, not as writable.
    readable, writable, failed = select.select(readers, writers, writers, limit_s)
    return readable, [each for each in writers if each in writable or each in failed]


_wait = _by_poll if hasattr(select, "poll") else _by_select
