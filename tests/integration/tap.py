"""A TCP forwarder that counts connections and bytes, and holds them on request: nobody has to be believed."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_PIECE_BYTES = 256 * 1024
_NEVER = sys.maxsize
_CONNECTIONS = Path("/proc/net/tcp")


def _close(*sockets: socket.socket) -> None:
    for each in sockets:
        each.close()


def _waiting(port: int) -> Iterator[int]:
    """Yield the bytes that wait on each connection to a port: not taken from us yet, or not by the client."""
    for line in _CONNECTIONS.read_text().splitlines()[1:]:
        _, local, remote, _, queues, *_ = line.split()
        to_be_sent, to_be_read = (int(queue, 16) for queue in queues.split(":"))
        if int(local.partition(":")[2], 16) == port:
            yield to_be_sent
        elif int(remote.partition(":")[2], 16) == port:
            yield to_be_read


class Tap:
    """Listens on loopback and passes everything on; a context manager.

    Args:
        target: Where to, as ``host:port``.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._bounds = (_NEVER, _NEVER)
        self._released = threading.Event()
        self._changed = threading.Condition()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.connections = 0
        """Connections that were accepted."""
        self.sent = 0
        """Bytes from clients to the target."""
        self.received = 0
        """Bytes from the target to clients."""
        self.hung_up = 0
        """Connections over which clients send no more."""

    @property
    def host(self) -> str:
        """``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def wait(self, *, sent: int = 0, received: int = 0, timeout_s: float = 60.0) -> None:
        """Wait until so many bytes have passed.

        Raises:
            TimeoutError: They did not come.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self.sent >= sent and self.received >= received, timeout_s):
                raise TimeoutError(f"{self.sent} bytes sent, {self.received} received")

    def hold(self, *, after_sent: int = _NEVER, after_received: int = _NEVER) -> None:
        """Let nothing pass, either way, after so many bytes from clients or to them, until `release`."""
        self._bounds = (after_sent, after_received)

    def wait_until_read(self, timeout_s: float = 60.0) -> None:
        """Wait until clients have taken all that was passed on to them out of their sockets' buffers.

        Raises:
            TimeoutError: They did not.
        """
        port = self._listener.getsockname()[1]
        until = time.monotonic() + timeout_s
        while any(_waiting(port)):
            if time.monotonic() > until:
                raise TimeoutError(f"{sum(_waiting(port))} bytes are not read")
            time.sleep(0.01)

    def wait_for_the_end(self, timeout_s: float = 60.0) -> None:
        """Let everything pass, and wait until clients have hung up all connections.

        Raises:
            TimeoutError: Some are still open.
        """
        self.release()
        with self._changed:
            if not self._changed.wait_for(lambda: self.hung_up == self.connections, timeout_s):
                raise TimeoutError(f"{self.hung_up} connections ended of {self.connections}")

    def release(self) -> None:
        """Let everything pass from now on."""
        self._released.set()

    def cut(self) -> None:
        """End all connections of the moment."""
        with self._changed:
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(60)
        self.cut()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _start(self, work: object, *arguments: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                target = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            with self._changed:
                self.connections += 1
                self._sockets += [client, target]
            done = threading.Barrier(2, action=partial(_close, client, target))
            self._start(self._pump, client, target, "sent", done)
            self._start(self._pump, target, client, "received", done)

    def _pump(self, source: socket.socket, goal: socket.socket, name: str, done: threading.Barrier) -> None:
        piece = memoryview(bytearray(_PIECE_BYTES))
        with contextlib.suppress(OSError):
            while count := source.recv_into(piece):
                if self.sent >= self._bounds[0] or self.received >= self._bounds[1]:
                    self._released.wait()
                goal.sendall(piece[:count])
                with self._changed:
                    setattr(self, name, getattr(self, name) + count)
                    self._changed.notify_all()
        if name == "sent":
            with self._changed:
                self.hung_up += 1
                self._changed.notify_all()
        for each, how in ((goal, socket.SHUT_WR), (source, socket.SHUT_RD)):
            with contextlib.suppress(OSError):
                each.shutdown(how)
        done.wait()
