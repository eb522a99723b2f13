"""The bounded pool: a few threads that take the most urgent task, and stop together when one fails.

Tasks may add further tasks. The calling thread only waits, in a way that a signal can interrupt, so that
Ctrl-C reaches the token, and through it every socket, at once.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from ..content.capture import Capture
from ..errors import Cancelled

if TYPE_CHECKING:
    from ..content import CancelToken

Task: TypeAlias = Callable[[], None]

_URGENT: Final = -(2**63)
# Lower ranks run first: tasks that make further work known, then the largest ones.


class Crew:
    """Runs tasks in at most so many threads.

    Args:
        size: Threads at most; they are started when there is work for them.
        token: Stops the work. It is cancelled by this crew, too, as soon as one task fails.
    """

    def __init__(self, size: int, token: CancelToken) -> None:
        self._size = size
        self._token = token
        self._lock = threading.Lock()
        # Two conditions: the waiting caller must not be woken in place of a thread that is needed.
        self._work_came = threading.Condition(self._lock)
        self._work_ended = threading.Condition(self._lock)
        self._waiting: list[tuple[int, int, Task]] = []
        self._order = itertools.count()
        self._unfinished = 0
        self._idle = 0
        self._failure: BaseException | None = None
        self._closed = False
        self._threads: list[threading.Thread] = []

    def submit(self, task: Task, *, size: int | None = None) -> None:
        """Add a task; safe from any thread, also from within a task.

        Args:
            task: What to run.
            size: How large a piece of work it is, in bytes: large ones start first, so that none is left
                to run alone at the end. None for a task that makes other work known.
        """
        rank = _URGENT if size is None else -size
        with self._lock:
            if self._closed:
                return
            heapq.heappush(self._waiting, (rank, next(self._order), task))
            self._unfinished += 1
            # One that was woken counts as idle until it runs: it has a task already.
            if len(self._waiting) <= self._idle:
                self._work_came.notify()
            elif len(self._threads) < self._size:
                self._start_thread()

    def wait(self) -> None:
        """Wait until every task has run, and end the threads.

        Raises:
            BaseException: What the first failing task raised, or what interrupted the wait; in both cases
                the token is cancelled and no task is running any more.
        """
        try:
            with self._lock:
                while self._unfinished and self._failure is None and not self._token.cancelled:
                    # The timeout bounds how long a token that was cancelled elsewhere goes unseen.
                    self._work_ended.wait(0.2)
        except BaseException:
            self._token.cancel()
            raise
        finally:
            self._end()
        if self._failure is not None:
            raise self._failure
        self._token.raise_if_cancelled()

    def _end(self) -> None:
        with self._lock:
            self._close()
        for thread in self._threads:
            thread.join()

    def _close(self) -> None:
        self._closed = True
        self._waiting.clear()
        self._work_came.notify_all()
        self._work_ended.notify_all()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name=f"oci-transfer-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _next(self) -> Task | None:
        with self._lock:
            while not self._waiting:
                if self._closed:
                    return None
                self._idle += 1
                self._work_came.wait()
                self._idle -= 1
            return heapq.heappop(self._waiting)[2]

    def _work(self) -> None:
        while (task := self._next()) is not None:
            with Capture() as captured:
                task()
            if captured.error is not None:
                self._fail(captured.error)
            with self._lock:
                self._unfinished -= 1
                if not self._unfinished:
                    self._work_ended.notify_all()

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            # What the others raise because they were cancelled is not the reason for anything.
            if self._failure is None and not (isinstance(error, Cancelled) and self._token.cancelled):
                self._failure = error
            self._close()
        self._token.cancel()
