"""A channel whose bytes are encrypted: the handshake, and records gathered into large buffers."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING, Final

from .. import errors
from .channel import Channel, host_bytes
from .readiness import ready
from .tls import check_suite, hung_up, is_cut_off, tls_fault

if TYPE_CHECKING:
    from .terms import Terms

__all__ = ["FILL_S", "TlsChannel", "secure"]

FILL_S: Final = 0.2
"""How long a read goes on filling the caller's buffer before it hands over what it has, in seconds."""


class TlsChannel(Channel):
    """A `Channel` over an SSL socket; made by `secure`."""

    _would_block = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
    _wants_to_write = (ssl.SSLWantWriteError,)  # a key update

    def receive_into(self, buffer: memoryview) -> int:
        """Fill the buffer, as far as that takes no longer than `FILL_S`; otherwise as `Channel.receive_into`.

        A single read yields one record, 16 KiB at most, and handing each of them over costs the caller, who
        hashes and writes, a third more CPU. A failure after the first record is met again by the next call.
        """
        filled = self._receive_some(buffer)
        if not 0 < filled < len(buffer):
            return filled
        until = time.monotonic() + FILL_S
        while filled < len(buffer):
            try:
                count = self._sock.recv_into(buffer[filled:])
            except ssl.SSLWantReadError:
                left_s = until - time.monotonic()
                if left_s <= 0 or not ready([self._sock], [], left_s)[0]:
                    break
            except OSError:
                break
            else:
                if count == 0:
                    break
                filled += count
        return filled

    def handshake(self, limit_s: float) -> None:
        """Agree with the peer on keys, and verify it.

        Args:
            limit_s: How long it may take altogether, in seconds.

        Raises:
            TlsFailed: They could not agree, or the peer hung up.
            Stalled: It took too long.
            Cancelled: The request was cancelled.
        """
        assert isinstance(self._sock, ssl.SSLSocket)
        until = time.monotonic() + limit_s
        while True:
            try:
                self._sock.do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as block:
                write = isinstance(block, ssl.SSLWantWriteError)
                self._await_step(until, write=write, limit_s=limit_s)
            except (OSError, ValueError) as error:  # ValueError: the socket was shut down before it began
                raise self._handshake_fault(error) from error
            else:
                return

    def _await_step(self, until: float, *, write: bool, limit_s: float) -> None:
        try:
            self.wait(read=not write, write=write, limit_s=until - time.monotonic())
        except errors.Stalled as error:
            message = f"{self.host}: no TLS handshake within {limit_s:g} s"
            raise errors.Stalled(message, host=self.host) from error

    def _handshake_fault(self, error: OSError | ValueError) -> errors.OciError:
        if self.cancelled:
            return errors.Cancelled()
        if isinstance(error, ssl.SSLError):
            return tls_fault(self.host, error)
        return hung_up(self.host)

    def _fault(self, error: OSError, during: str) -> errors.OciError:
        if self.cancelled or not isinstance(error, ssl.SSLError):
            return super()._fault(error, during)
        if is_cut_off(error):
            # Without the peer's close_notify the end may be an attacker's: never taken for the end of a body.
            message = f"{self.host}: connection cut off during {during}"
            return errors.ConnectionBroken(message, host=self.host)
        return tls_fault(self.host, error)


def secure(channel: Channel, context: ssl.SSLContext, server_name: str, terms: Terms) -> TlsChannel:
    """Agree on TLS with the peer of a channel.

    Args:
        channel: The plain channel; it must not be used any more.
        context: How the peer is verified.
        server_name: The name or address that its certificate must hold for.
        terms: The terms of the request it is opened for.

    Returns:
        The channel to use instead.

    Raises:
        TlsFailed: They could not agree, or the peer is not who it should be.
        Stalled: It took too long.
        Cancelled: The request was cancelled.
    """
    sock = channel.detach()
    try:
        secured = context.wrap_socket(
            sock,
            server_hostname=host_bytes(server_name),
            do_handshake_on_connect=False,
            suppress_ragged_eofs=False,
        )
    except (OSError, ValueError) as error:
        sock.close()
        terms.token.raise_if_cancelled()
        message = f"{channel.host}: cannot begin TLS: {error}"
        raise errors.TlsFailed(message, host=channel.host) from error
    # A cancellation that fell between the two registrations is met by the second, which then runs at once.
    result = TlsChannel(secured, host=channel.host, address=channel.address, terms=terms)
    try:
        result.handshake(terms.timeouts.handshake_s)
        check_suite(terms.tls, secured, channel.host)
    except BaseException:
        result.close()
        raise
    return result
