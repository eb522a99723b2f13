"""The slow link measured: its round trip, the rate of one connection, and what it carries over many.

A link that were itself the narrow place would flatter whoever opens more connections, or nobody at all.
"""

from __future__ import annotations

import socket
import statistics
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.ground import LINK_BYTES_PER_S, ROUND_TRIP_MS

if TYPE_CHECKING:
    from tests.bench.ground import Ground

ONE_BYTES = 20_000_000
MANY = 16
MANY_BYTES = 40_000_000
PINGS = 9
_BUFFER = 1 << 18


@dataclass(frozen=True, kw_only=True)
class LinkFigures:
    """What the link does.

    Attributes:
        connect_ms: From connecting to the first byte of an answer, less one round trip.
        round_trip_ms: Of one byte there and back.
        one_bytes_per_s: Over one connection.
        many_bytes_per_s: Over sixteen connections at once, together.
    """

    connect_ms: float
    round_trip_ms: float
    one_bytes_per_s: float
    many_bytes_per_s: float

    def __str__(self) -> str:
        return (
            f"round trip {self.round_trip_ms:.1f} ms, {self.connect_ms:.1f} ms to connect, "
            f"{self.one_bytes_per_s / 1e6:.1f} MB/s over one connection, "
            f"{self.many_bytes_per_s / 1e6:.0f} MB/s over {MANY} at once"
        )


def measure_link(ground: Ground) -> LinkFigures:
    """Send bytes through a link to a server of our own: it answers eight digits with that many bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        host, port = listener.getsockname()
        near = ground.link_to(f"{host}:{port}", f"-rtt={ROUND_TRIP_MS}ms", f"-rate={LINK_BYTES_PER_S}")
        address = ("127.0.0.1", int(near.rpartition(":")[2]))
        with socket.create_connection(address) as first:
            started = time.perf_counter()
            _fetch(first, 1)
            opened_ms = (time.perf_counter() - started) * 1e3
            round_trip_ms = statistics.median(_timed_fetch(first, 1) for _ in range(PINGS)) * 1e3
            one_s = _timed_fetch(first, ONE_BYTES)
        started = time.perf_counter()
        threads = [threading.Thread(target=_fetch_alone, args=(address,)) for _ in range(MANY)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        many_s = time.perf_counter() - started
    return LinkFigures(
        connect_ms=opened_ms - round_trip_ms,
        round_trip_ms=round_trip_ms,
        one_bytes_per_s=ONE_BYTES / one_s,
        many_bytes_per_s=MANY * MANY_BYTES / many_s,
    )


def _accept(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    zeros = bytes(_BUFFER)
    with connection:
        while wanted := connection.recv(8, socket.MSG_WAITALL):
            left = int(wanted)
            while left:
                left -= connection.send(zeros[: min(left, _BUFFER)])


def _fetch(connection: socket.socket, count: int) -> None:
    connection.sendall(b"%08d" % count)
    buffer = bytearray(_BUFFER)
    while count:
        count -= connection.recv_into(buffer, min(count, _BUFFER))


def _timed_fetch(connection: socket.socket, count: int) -> float:
    started = time.perf_counter()
    _fetch(connection, count)
    return time.perf_counter() - started


def _fetch_alone(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as connection:
        _fetch(connection, MANY_BYTES)
