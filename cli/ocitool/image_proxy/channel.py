"""The socket: packets in, packets with descriptors out, and word of a client that went away.

A client mostly just closes its end, be it between two requests or while one is being worked on. So a thread
of its own listens for that, and cancels the token: whatever waits for a registry or a pipe wakes up.
"""

from __future__ import annotations

import os
import select
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from oci.errors import InvalidDocument, Unsupported

from .message import MAX_PACKET_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from oci.content import CancelToken


class Channel:
    """One end of the pair; a context manager.

    Args:
        descriptor: The socket; it is duplicated, and stays the caller's.
        token: Ends all waiting; it is cancelled when the client goes away.

    Raises:
        Unsupported: The descriptor is no such socket.
    """

    def __init__(self, descriptor: int, token: CancelToken) -> None:
        self._socket = _socket(descriptor)
        self._token = token
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._registration = token.on_cancel(lambda: os.eventfd_write(self._wake, 1))
        self._stop = os.eventfd(0, os.EFD_CLOEXEC)
        self._listener = threading.Thread(target=self._listen, name="image-proxy-client", daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.eventfd_write(self._stop, 1)
        self._listener.join()
        self._registration.remove()
        os.close(self._stop)
        os.close(self._wake)
        self._socket.close()

    def receive(self) -> bytes | None:
        """Wait for a packet; None when there will be no more, because of the client or of the token.

        Raises:
            InvalidDocument: A packet is larger than one may be; the next one can be received.
        """
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        ready = dict(poll.poll())
        # What a client said before it went away is still there, and may be that it is content (Shutdown).
        if not ready.get(self._socket.fileno(), 0):
            return None
        try:
            packet, _, flags, _ = self._socket.recvmsg(MAX_PACKET_BYTES)
        except ConnectionError:
            return None
        if flags & socket.MSG_TRUNC:
            raise InvalidDocument(f"request: larger than {MAX_PACKET_BYTES} bytes")
        return packet or None

    def send(self, packet: bytes, descriptors: Sequence[int] = ()) -> bool:
        """Send a packet, and close the descriptors that went with it; False when the client is gone."""
        try:
            socket.send_fds(self._socket, [packet], descriptors)
        except ConnectionError:
            return False
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return True

    def _listen(self) -> None:
        poll = select.poll()
        poll.register(self._socket, 0)  # that the other end is closed is told without being asked for
        poll.register(self._stop, select.POLLIN)
        if self._socket.fileno() in dict(poll.poll()):
            with suppress(Exception):
                self._token.cancel()


def _socket(descriptor: int) -> socket.socket:
    if not hasattr(socket, "SOCK_SEQPACKET") or not hasattr(os, "eventfd"):
        raise Unsupported("the image proxy needs Linux")
    try:
        opened = socket.socket(fileno=os.dup(descriptor))
    except OSError as error:
        raise Unsupported(
            f"file descriptor {descriptor} is no socket: {error.strerror}",
            hint="this command is started by a program such as bootc, not by hand",
        ) from error
    if (opened.family, opened.type) != (socket.AF_UNIX, socket.SOCK_SEQPACKET):
        opened.close()
        raise Unsupported(f"file descriptor {descriptor} is not a SOCK_SEQPACKET socket")
    return opened
