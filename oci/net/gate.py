"""How many requests one host gets at once, and when none at all.

The limit adapts: it is halved when the host says 429 or 503, and grows by one after twenty answers
without such a complaint. What the host asks for in Retry-After holds for all threads: nobody sends before
that moment.

A slot is held from the beginning of a request until the head of its answer is in, and never while a body
is read or a caller works. Its holder therefore waits for nobody but the host, and a copy that reads and
writes at the same host cannot wait for a slot that it holds itself.
"""

from __future__ import annotations

import threading
from collections import deque
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, Self

from .clock import Clock

if TYPE_CHECKING:
    from types import TracebackType

    from ..content.cancellation import CancelToken

__all__ = ["MAX_REQUESTS", "START_REQUESTS", "STEP", "Gate", "Slot"]

START_REQUESTS: Final = 16
"""Requests that a host gets at once at first."""
MAX_REQUESTS: Final = 64
"""Requests that it gets at once at most."""
STEP: Final = 20
"""Answers without a complaint after which it gets one more."""


class _Turn:
    """One thread's place in the queue.

    Woken through a SimpleQueue, which may be put into from a signal handler too.
    """

    def __init__(self) -> None:
        self.granted = False
        self._bell: SimpleQueue[None] = SimpleQueue()

    def wake(self) -> None:
        self._bell.put(None)

    def wait(self) -> None:
        self._bell.get()


class Gate:
    """The limit of one host; for several threads at once.

    Args:
        start: Requests at once at first.
        maximum: Requests at once at most.
        clock: Time.
    """

    def __init__(
        self, *, start: int = START_REQUESTS, maximum: int = MAX_REQUESTS, clock: Clock | None = None
    ) -> None:
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._limit = start
        self._maximum = maximum
        self._in_use = 0
        self._good = 0
        self._cuts = 0
        self._not_before = float("-inf")
        self._queue: deque[_Turn] = deque()

    @property
    def limit(self) -> int:
        """Requests that may be under way at once at present."""
        return self._limit

    def slot(self, token: CancelToken) -> Slot:
        """Give a context in which one request may be sent.

        Args:
            token: Cancelling it ends the wait for a slot.
        """
        return Slot(self, token)

    def enter(self, token: CancelToken) -> int:
        """Wait for a slot, and until the host may be asked; tells how often the limit had been cut by then.

        Raises:
            Cancelled: The token was cancelled.
        """
        while True:
            token.raise_if_cancelled()
            self._take(token)
            with self._lock:
                wait_s = self._not_before - self._clock.monotonic()
                if wait_s <= 0:
                    return self._cuts
            # The slot is not kept while we wait: others may have to wait less, for another reason.
            self.leave()
            self._clock.pause(token, wait_s)

    def leave(self) -> None:
        """Give a slot back."""
        with self._lock:
            self._in_use -= 1
            self._grant()

    def praise(self) -> None:
        """Count an answer without complaint."""
        with self._lock:
            self._good += 1
            if self._good >= STEP:
                self._good = 0
                self._limit = min(self._limit + 1, self._maximum)
                self._grant()

    def complain(self, cuts: int, pause_s: float) -> None:
        """Halve the limit, and let nobody ask for a while.

        Args:
            cuts: What `enter` returned. Complaints about requests that were under way when the limit was
                last cut are not news, and do not cut it again.
            pause_s: For how long nobody shall ask, in seconds.
        """
        with self._lock:
            self._not_before = max(self._not_before, self._clock.monotonic() + pause_s)
            self._good = 0
            if cuts == self._cuts:
                self._cuts += 1
                self._limit = max(self._limit // 2, 1)

    def _take(self, token: CancelToken) -> None:
        turn = _Turn()
        with self._lock:
            self._queue.append(turn)
            self._grant()
        with token.on_cancel(turn.wake):
            turn.wait()
        with self._lock:
            if turn.granted:
                return
            self._queue.remove(turn)
        token.raise_if_cancelled()

    def _grant(self) -> None:
        while self._queue and self._in_use < self._limit:
            turn = self._queue.popleft()
            turn.granted = True
            self._in_use += 1
            turn.wake()


class Slot:
    """The right to send one request; a context manager. Made by `Gate.slot`."""

    def __init__(self, gate: Gate, token: CancelToken) -> None:
        self._gate = gate
        self._token = token
        self._cuts = 0

    def __enter__(self) -> Self:
        self._cuts = self._gate.enter(self._token)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gate.leave()

    def succeeded(self) -> None:
        """Say that the host answered without complaint; also after the slot was left."""
        self._gate.praise()

    def throttled(self, pause_s: float) -> None:
        """Say that the host asks for less.

        Args:
            pause_s: For how long it wants to be left alone, in seconds.
        """
        self._gate.complain(self._cuts, pause_s)
