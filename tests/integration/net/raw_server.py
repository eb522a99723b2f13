"""A TCP server that does exactly what a test's script says: sends these bytes, resets, stalls, says nothing.

A script is a function of a `Peer`; each accepted connection runs the next one, the last one again and again.
Tests learn how far a script has come by events, never by time.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

PATIENCE_S = 60.0
"""How long anything in a test may take before it counts as hung."""

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket, server: RawServer) -> None:
        self.sock = sock
        self._server = server
        self._read = bytearray()

    def head(self) -> bytes:
        """Read the head of a request; empty if the client has hung up instead."""
        while b"\r\n\r\n" not in self._read:
            received = self.sock.recv(65536)
            if not received:
                return b""
            self._read += received
        return self._take(self._read.index(b"\r\n\r\n") + 4)

    def body(self, size: int) -> bytes:
        """Read this many bytes of a request's body."""
        while len(self._read) < size:
            received = self.sock.recv(65536)
            assert received, "the client hung up in the middle of its body"
            self._read += received
        return self._take(size)

    def rest(self) -> None:
        """Read until the client hangs up or resets."""
        with contextlib.suppress(OSError):
            while self.sock.recv(65536):
                pass

    def _take(self, size: int) -> bytes:
        taken = bytes(self._read[:size])
        del self._read[:size]
        return taken

    def send(self, *pieces: bytes) -> None:
        """Send bytes."""
        for piece in pieces:
            self.sock.sendall(piece)

    def reset(self) -> None:
        """End the connection the hard way (RST)."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def reach(self, place: str) -> None:
        """Let the test know how far the script has come."""
        self._server.places[place].set()

    def hold(self) -> None:
        """Do nothing until the test is over."""
        assert self._server.over.wait(PATIENCE_S)


Script: TypeAlias = "Callable[[Peer], None]"


class RawServer:
    """Listens on loopback and runs scripts; a context manager."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = scripts
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.over = threading.Event()
        self.places: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        self.connections = 0
        self.failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://localhost:{self.port}"

    def wait_for(self, place: str) -> None:
        """Wait until a script has reached a place."""
        assert self.places[place].wait(PATIENCE_S), f"no script reached {place!r}"

    def close(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "a script hangs"
        assert self.failures == []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            thread = threading.Thread(target=self._run, args=(sock, script), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, sock: socket.socket, script: Script) -> None:
        sock.settimeout(PATIENCE_S)
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            script(Peer(sock, self))
        except OSError:
            pass  # the client went away, which is its right
        except BaseException as error:  # noqa: BLE001 - shown by close()
            self.failures.append(error)
        finally:
            sock.close()


def answering(*answers: bytes) -> Script:
    """Script: answer one request after the other, the last answer again and again."""

    def script(peer: Peer) -> None:
        remaining = list(answers)
        while peer.head():
            peer.send(remaining.pop(0) if len(remaining) > 1 else remaining[0])

    return script


def sending(*pieces: bytes) -> Script:
    """Script: read one request, send these bytes, and hang up."""

    def script(peer: Peer) -> None:
        peer.head()
        peer.send(*pieces)

    return script
