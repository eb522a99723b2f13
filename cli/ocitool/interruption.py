"""Ending early: signals and the time limit cancel the work, and the process is gone within a second.

A thread waits for signals on a pipe that Python writes to at once (`signal.set_wakeup_fd`), even while the
main thread is stuck in a system call. It cancels the token, which wakes every thread that waits on a socket
or a lock. If the process has not ended by itself a moment later, or a second signal comes, the thread ends
it. That is safe at any moment: what is half-written cannot be taken for whole. People are asked for what is
missing before the work begins, never inside of it: a terminal that hides what is typed must be reset.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from oci.content.cancellation import CancelToken

from .exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

GRACE_S: Final = 0.7
"""Seconds that cancelled work has to come to an end."""

_SIGNALS: Final = {
    signal.SIGHUP: ExitCode.HUNG_UP,
    signal.SIGINT: ExitCode.INTERRUPTED,
    signal.SIGTERM: ExitCode.TERMINATED,
}
_STOP: Final = 0


class Interrupted(Exception):
    """The work was cancelled from outside.

    Args:
        code: Why, as the code to exit with.
    """

    def __init__(self, code: ExitCode) -> None:
        super().__init__(code.meaning)
        self.code = code


@contextmanager
def interruptible(timeout_s: float | None = None) -> Iterator[CancelToken]:
    """Cancel the token that this context gives when a signal comes or the time is over.

    Signals that the parent process has set to be ignored stay ignored, as ``nohup`` wants it.

    Args:
        timeout_s: Seconds that the work may take, or None for as long as it needs.

    Raises:
        Interrupted: The work ended with an error after it had been cancelled; what it had completed counts.
    """
    watch = _Watch(timeout_s)
    previous = {number: signal.getsignal(number) for number in _SIGNALS}
    caught = [number for number, handler in previous.items() if handler is not signal.SIG_IGN]
    for number in caught:
        signal.signal(number, _leave_to_the_watch)
    signal.set_wakeup_fd(watch.wakeup, warn_on_full_buffer=False)
    watch.start()
    try:
        yield watch.token
    except Exception as error:
        if watch.code is not None:  # what it failed with is a consequence of that
            raise Interrupted(watch.code) from error
        raise
    finally:
        # After a cancellation the watch goes on: the end of the interpreter waits for all threads.
        if watch.code is None:
            signal.set_wakeup_fd(-1)
            for number in caught:
                signal.signal(number, previous[number])
            watch.stop()


def _leave_to_the_watch(number: int, frame: object) -> None:
    """Do nothing: that Python calls this is what keeps the default action away."""


class _Watch:
    def __init__(self, timeout_s: float | None) -> None:
        self.token = CancelToken()
        self.code: ExitCode | None = None
        self._timeout_s = timeout_s
        self._reading, self.wakeup = os.pipe()
        os.set_blocking(self.wakeup, False)
        self._thread = threading.Thread(target=self._run, name="interruption", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        os.write(self.wakeup, bytes([_STOP]))
        self._thread.join()
        os.close(self.wakeup)
        os.close(self._reading)

    def _run(self) -> None:
        code = self._next(self._timeout_s)
        if code is ExitCode.OK:
            return
        code = ExitCode.TIMED_OUT if code is None else code
        self.code = code
        self.token.cancel()
        self._next(GRACE_S)
        if sys.stderr is not None and sys.stderr.isatty():
            os.write(sys.stderr.fileno(), b"\n")
        os._exit(code)

    def _next(self, timeout_s: float | None) -> ExitCode | None:
        """Wait for a signal's code, OK for the end of the work, or None when the time is over."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            rest = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self._reading], [], [], rest)[0]:
                return None
            number = os.read(self._reading, 1)[0]
            if number == _STOP:
                return ExitCode.OK
            if number in _SIGNALS:
                return _SIGNALS[signal.Signals(number)]
