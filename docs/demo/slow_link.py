"""A link of a certain speed: a relay on loopback, in front of a registry that is too near to be interrupted.

All connections share the speed, in both directions together. The relay counts what it carries, so that nobody
has to believe a client about how much it moved.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Self

_CHUNK_BYTES = 64 * 1024
_QUIET_S = 0.3
_CRAWL = 50
"""How many times slower it is than it could be, while it crawls."""


class SlowLink:
    """Relays to an address; a context manager.

    Args:
        target: ``host:port`` to relay to.
        bytes_per_s: What all connections together may carry each second.
    """

    def __init__(self, target: str, bytes_per_s: int) -> None:
        host, _, port = target.rpartition(":")
        self._target = host, int(port)
        self._rate = bytes_per_s
        self._crawl_from: int | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._free_s = 0.0
        self.carried_bytes = 0

    @property
    def address(self) -> str:
        """``host:port`` to connect to."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def crawl_after(self, count: int) -> None:
        """Carry hardly anything after so many bytes more: time enough to kill whoever waits for it."""
        self._crawl_from = self.carried_bytes + count

    def recover(self) -> None:
        """Carry with the full speed again."""
        self._crawl_from = None

    def settled(self) -> int:
        """Wait until there is nothing to carry, and return how many bytes were.

        What a killed process had sent already is still on its way for a moment.
        """
        carried = -1
        while carried != self.carried_bytes:
            carried = self.carried_bytes
            time.sleep(_QUIET_S)
        return carried

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                threading.Thread(target=self._carry, args=(client, server), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client), daemon=True).start()

    def _carry(self, origin: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := origin.recv(_CHUNK_BYTES):
                self._wait(len(data))
                target.sendall(data)
        for end in (origin, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _wait(self, count: int) -> None:
        with self._lock:
            now = time.monotonic()
            crawls = self._crawl_from is not None and self.carried_bytes >= self._crawl_from
            rate = self._rate / _CRAWL if crawls else self._rate
            self._free_s = max(now, self._free_s) + count / rate
            pause_s = self._free_s - now
            self.carried_bytes += count
        time.sleep(pause_s)
