"""Bytes on one connected socket, plain or TLS: waiting, cancelling, and what a failure means.

Rules of this module:

- The socket never blocks by itself. Each operation is tried first and waits only when it has to, in `ready`,
  which is therefore the one place where the idle limit is measured and where a cancelled request wakes up.
- Cancelling shuts the socket down from another thread and never closes it: a closed descriptor's number may
  by then belong to somebody else.
- It knows nothing about HTTP, nor about TLS. OSError ends here, and ssl.SSLError in `tls_channel`, as errors
  of ours with the host's name.

On speed (four threads, 896 MB, loopback, 1 MiB buffers, receive and SHA-256): this loop costs what a bare
``recv_into`` loop does, which is two fifths of the stock transport's CPU, nearly all of the rest being
the hash. Tried and found not to help: ``MSG_WAITALL`` (more sleeping and waking inside the kernel),
``SO_RCVLOWAT`` (longer wall time), ``SO_RCVTIMEO`` on a blocking socket (no gain), a fixed ``SO_RCVBUF``
(switches the kernel's own tuning off and is capped lower), ``splice`` and ``tee`` from socket to socket
(docs/adr/0007-what-a-copy-costs.md). What does help: buffers of a MiB, since the
threads meet at the interpreter lock once per call; and, for TLS, filling the buffer before giving it
back, since a call yields one record of 16 KiB.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

from .. import errors
from .readiness import ready

if TYPE_CHECKING:
    from ..content.cancellation import CancelToken, Registration
    from .terms import Terms

__all__ = ["Channel", "host_bytes"]


class Channel:
    """A connected socket in the service of one request at a time.

    Args:
        sock: The socket; it belongs to the channel from now on.
        host: The peer as it is named in messages.
        address: The address it was reached at, or None when a proxy stands between.
        terms: The terms of the request it was opened for.
    """

    _would_block: tuple[type[OSError], ...] = (BlockingIOError,)
    _wants_to_write: tuple[type[OSError], ...] = ()
    # What a read is blocked by that may have to write first.

    def __init__(self, sock: socket.socket, *, host: str, address: str | None, terms: Terms) -> None:
        sock.settimeout(0)
        self._sock = sock
        self.host = host
        self.address = address
        self.idle_s = terms.timeouts.idle_s
        self._token: CancelToken = terms.token
        self._registration: Registration | None = terms.token.on_cancel(self._shut_down)

    def bind(self, terms: Terms) -> None:
        """Serve another request from now on."""
        self.unbind()
        self.idle_s = terms.timeouts.idle_s
        self._token = terms.token
        self._registration = terms.token.on_cancel(self._shut_down)

    def unbind(self) -> None:
        """Be nobody's: cancelling the last request does not touch the channel any more."""
        if self._registration is not None:
            self._registration.remove()
            self._registration = None

    @property
    def cancelled(self) -> bool:
        """Whether the request that is served was cancelled."""
        return self._token.cancelled

    def receive(self, size: int) -> bytes:
        """Wait for some bytes and take what there is.

        Args:
            size: How many at most.

        Returns:
            One byte at least, or none if the peer has closed its side.

        Raises:
            ConnectionBroken: The connection was reset.
            Stalled: Nothing came for as long as the idle limit.
            Cancelled: The request was cancelled.
        """
        buffer = bytearray(size)
        with memoryview(buffer) as view:
            count = self._receive_some(view)
        return bytes(buffer[:count])

    def receive_into(self, buffer: memoryview) -> int:
        """Wait for some bytes of a large body, put into the caller's buffer; otherwise as `receive`."""
        return self._receive_some(buffer)

    def receive_now(self, size: int) -> bytes | None:
        """Take what has arrived, without waiting.

        Returns:
            Some bytes; none if the peer has closed its side; None if there is nothing yet.
        """
        try:
            received = self._sock.recv(size)
        except self._would_block:
            return None
        except OSError as error:
            raise self._fault(error, "the answer") from error
        if not received:
            self._token.raise_if_cancelled()
        return received

    def send(self, content: memoryview) -> None:
        """Hand all bytes to the kernel, waiting as long as some move within the idle limit.

        Raises:
            ConnectionBroken: The peer has closed or reset the connection.
            Stalled: Nothing was taken for as long as the idle limit.
            Cancelled: The request was cancelled.
        """
        while content:
            content = content[self.send_some(content) :]
            if content:
                self.wait(read=False, write=True)

    def send_some(self, content: memoryview) -> int:
        """Hand over as many bytes as are taken without waiting, and tell how many; otherwise as `send`."""
        sent = 0
        while sent < len(content):
            try:
                sent += self._sock.send(content[sent:])
            except self._would_block:
                break
            except OSError as error:
                raise self._fault(error, "the request") from error
        return sent

    def wait(self, *, read: bool, write: bool, limit_s: float | None = None) -> bool:
        """Wait until the channel can be read or written, whichever was asked for and comes first.

        Args:
            read: Whether readable counts.
            write: Whether writable counts.
            limit_s: How long at most, in seconds; the idle limit if None.

        Returns:
            Whether it can be read.

        Raises:
            Stalled: Neither happened in time.
            Cancelled: The request was cancelled.
        """
        limit_s = self.idle_s if limit_s is None else limit_s
        sock = [self._sock]
        readable, writable = ready(sock if read else [], sock if write else [], limit_s)
        self._token.raise_if_cancelled()
        if not readable and not writable:
            doing = "took nothing" if write else "sent nothing"
            raise errors.Stalled(f"{self.host}: {doing} for {limit_s:g} s", host=self.host)
        return bool(readable)

    def is_quiet(self) -> bool:
        """Whether the connection stands and the peer has sent nothing that nobody asked for."""
        try:
            return self.receive_now(1) is None
        except errors.TransportError:
            return False

    def close(self) -> None:
        """Close the socket."""
        self.unbind()
        self._sock.close()

    def detach(self) -> socket.socket:
        """Give the socket away; the channel must not be used any more."""
        self.unbind()
        return self._sock

    def _receive_some(self, buffer: memoryview) -> int:
        while True:
            try:
                count = self._sock.recv_into(buffer)
            except self._would_block as block:
                self._wait(block)
            except OSError as error:
                raise self._fault(error, "the answer") from error
            else:
                if count == 0:
                    self._token.raise_if_cancelled()
                return count

    def _wait(self, block: OSError) -> None:
        write = isinstance(block, self._wants_to_write)
        self.wait(read=not write, write=write)

    def _fault(self, error: OSError, during: str) -> errors.OciError:
        """Turn a failed operation into an error of ours; one that we caused ourselves was a cancellation."""
        if self._token.cancelled:
            return errors.Cancelled()
        what = "reset" if isinstance(error, ConnectionError) else f"failed ({error.strerror or error})"
        return errors.ConnectionBroken(f"{self.host}: connection {what} during {during}", host=self.host)

    def _shut_down(self) -> None:
        # The base class's method: SSLSocket's own would first drop its TLS state, and whoever is just
        # sending in another thread would go on in the clear.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)


def host_bytes(host: str) -> bytes:
    """Return a host's name as the system's functions take it.

    Given text, they would convert it with IDNA, also where there is nothing to convert: its tables alone take
    as long to load as a tenth of a short run.

    Raises:
        UnicodeError: A label that IDNA refuses.
    """
    return host.encode("ascii") if host.isascii() else host.encode("idna")
