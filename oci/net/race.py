"""Connecting to one of several addresses: each gets a head start over the next (RFC 8305, "happy eyeballs").

A host with an IPv6 address that leads nowhere would otherwise cost the whole time limit before its IPv4
address is tried. All attempts live in the calling thread.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import time
from typing import TYPE_CHECKING, Final

from .. import errors
from ..frozen import frozen
from .readiness import ready

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .terms import Terms

__all__ = ["STAGGER_S", "Address", "race"]

STAGGER_S: Final = 0.25
"""Head start of each address before the next one is tried beside it (RFC 8305, section 5), in seconds."""

_UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN})
_SILENT_HINT = "is it up, and not behind a firewall?"
_REFUSED_HINT = "is it running, and is the port right?"


@frozen
class Address:
    """One address of a name, as getaddrinfo gives it."""

    family: int
    target: tuple[str | int | bytes, ...]

    @property
    def text(self) -> str:
        """The address itself, without port and scope."""
        return str(self.target[0]).partition("%")[0]


def race(addresses: Iterable[Address], terms: Terms, label: str) -> tuple[socket.socket, Address]:
    """Connect to whichever address accepts first.

    Args:
        addresses: The candidates, the preferred one first.
        terms: The terms of the request that needs the connection.
        label: The host as messages name it.

    Returns:
        The connected socket, which does not block, and its address.

    Raises:
        ConnectFailed: None accepted in time.
        Cancelled: The request was cancelled.
    """
    attempts = _Attempts(list(addresses), label)
    registration = terms.token.on_cancel(attempts.shut_down)
    try:
        winner = attempts.first(terms)
        address = attempts.trying.pop(winner)
    finally:
        # In this order: once removed, nobody touches the descriptors that are closed next.
        registration.remove()
        attempts.close()
    winner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    winner.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return winner, address


class _Attempts:
    """The connections that are being made, and what became of the others."""

    def __init__(self, waiting: list[Address], label: str) -> None:
        self.trying: dict[socket.socket, Address] = {}
        self._waiting = waiting
        self._label = label
        self._error = 0

    def first(self, terms: Terms) -> socket.socket:
        """Start attempts, one after the other, until one of them is connected."""
        start = time.monotonic()
        limit_s = terms.timeouts.connect_s
        next_start = start
        while True:
            now = time.monotonic()
            if now - start >= limit_s:
                message = f"{self._label}: no connection within {limit_s:g} s"
                raise errors.ConnectFailed(message, host=self._label, hint=_SILENT_HINT)
            if self._waiting and now >= next_start:
                next_start = now + STAGGER_S if self._begin(self._waiting.pop(0)) else now
                continue
            if not self.trying:
                raise self._failure()
            until = min(next_start, start + limit_s) if self._waiting else start + limit_s
            # Looked at before waiting, too: shutting a socket down before its connect has no effect.
            terms.token.raise_if_cancelled()
            _, settled = ready([], self.trying, until - now)
            terms.token.raise_if_cancelled()
            for each in settled:
                if self._is_connected(each):
                    return each
                next_start = now

    def shut_down(self) -> None:
        """Wake whoever waits in `first`; for another thread."""
        for each in list(self.trying):
            # On Linux this ends an attempt that is still under way; elsewhere that one ends with its time
            # limit.
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give up what is still being tried."""
        for each in self.trying:
            each.close()

    def _begin(self, address: Address) -> bool:
        try:
            sock = socket.socket(address.family, socket.SOCK_STREAM)
        except OSError as error:  # a family that this machine does not have
            self._note(error.errno or errno.EAFNOSUPPORT)
            return False
        self.trying[sock] = address
        sock.settimeout(0)
        code = sock.connect_ex(address.target)
        if code not in _UNDER_WAY:
            self._drop(sock, code)
            return False
        return True

    def _is_connected(self, sock: socket.socket) -> bool:
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._drop(sock, code)
        return not code

    def _drop(self, sock: socket.socket, code: int) -> None:
        # Taken out before it is closed, so that a cancelling thread finds only descriptors that are ours.
        del self.trying[sock]
        sock.close()
        self._note(code)

    def _note(self, code: int) -> None:
        # The first address is the preferred one: what happened to it says most.
        self._error = self._error or code

    def _failure(self) -> errors.ConnectFailed:
        if self._error == errno.ECONNREFUSED:
            return errors.ConnectFailed(
                f"{self._label}: connection refused", host=self._label, hint=_REFUSED_HINT
            )
        text = os.strerror(self._error).lower() if self._error else "no address"
        return errors.ConnectFailed(f"{self._label}: cannot connect: {text}", host=self._label)
