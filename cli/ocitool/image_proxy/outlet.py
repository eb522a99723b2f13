"""The writing end of a pipe to the client, and the thread that fills it.

A client may stop reading at any time, and say so by closing its end, by closing the image, by going away, or
not at all. A full pipe is waited for together with the token, so that none of this keeps a thread for ever.
"""

from __future__ import annotations

import fcntl
import os
import select
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from oci.content import Capture

if TYPE_CHECKING:
    from collections.abc import Callable

    from oci.content import CancelToken

PIPE_BYTES: Final = 1024 * 1024
"""What a pipe should hold: sixteen times the usual, so that the two sides wait for each other less often."""


class Outlet:
    """A pipe whose reading end is for the client.

    Args:
        token: Ends waiting for the reader.
    """

    def __init__(self, token: CancelToken) -> None:
        self.reading, self._writing = os.pipe()
        self._token = token
        os.set_blocking(self._writing, False)
        with suppress(OSError):  # the user has many pipes already
            fcntl.fcntl(self._writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def write(self, data: memoryview) -> None:
        """Write all of it.

        Raises:
            BrokenPipeError: The reader has closed its end.
            Cancelled: The token was cancelled.
        """
        while data:
            self._token.raise_if_cancelled()
            try:
                data = data[os.write(self._writing, data) :]
            except BlockingIOError:
                self._wait()

    def close(self) -> None:
        """Let the reader find the end."""
        os.close(self._writing)

    def discard(self) -> None:
        """Close both ends of a pipe that nobody was given."""
        os.close(self.reading)
        self.close()

    def _wait(self) -> None:
        wake = os.eventfd(0, os.EFD_CLOEXEC)
        try:
            with self._token.on_cancel(lambda: os.eventfd_write(wake, 1)):
                poll = select.poll()
                poll.register(self._writing, select.POLLOUT)
                poll.register(wake, select.POLLIN)
                poll.poll()
        finally:
            os.close(wake)


class Delivery:
    """A thread that writes to a pipe; how it went is asked for at the end.

    Args:
        work: Does the writing; what it raises is the outcome.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._captured = Capture()
        self._thread = threading.Thread(target=self._run, name="image-proxy-pipe", daemon=True)
        self._thread.start()

    def outcome(self) -> BaseException | None:
        """Wait for the end; return what went wrong, or None."""
        self._thread.join()
        return self._captured.error

    @property
    def is_done(self) -> bool:
        """Whether it has come to its end."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        with self._captured:
            self._work()
