"""The thread that reads ahead: order, bounds, failures, and its end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from oci.layers.prefetch import AHEAD, Prefetch

if TYPE_CHECKING:
    from collections.abc import Generator


class Source:
    """Counts what is taken, and notes who takes it and when it ends."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.taken = threading.Semaphore(0)
        self.threads: set[threading.Thread] = set()
        self.is_closed = False

    def pieces(self) -> Generator[bytes]:
        try:
            for number in range(self.count):
                self.threads.add(threading.current_thread())
                self.taken.release()
                yield str(number).encode()
        finally:
            self.is_closed = True


def test_everything_comes_in_order_from_another_thread() -> None:
    source = Source(1000)
    with Prefetch(source.pieces()) as pieces:
        assert [int(piece) for piece in pieces] == list(range(1000))
    assert threading.current_thread() not in source.threads
    assert source.is_closed


def test_no_more_is_read_ahead_than_may_wait() -> None:
    source = Source(1000)
    with Prefetch(source.pieces()):
        for _ in range(AHEAD + 1):
            assert source.taken.acquire(timeout=60)
        assert not source.taken.acquire(blocking=False)
    assert source.is_closed
    assert not any(thread.is_alive() for thread in source.threads)


def test_a_failure_is_raised_after_what_came_before_it() -> None:
    def failing() -> Generator[bytes]:
        yield b"a"
        raise ValueError("late")

    with Prefetch(failing()) as pieces:
        assert next(pieces) == b"a"
        for _ in range(2):
            with pytest.raises(ValueError, match="late"):
                next(pieces)


def test_the_end_stays_the_end() -> None:
    with Prefetch(Source(0).pieces()) as pieces:
        assert list(pieces) == []
        assert list(pieces) == []
