"""Cancelling: one token per piece of work, shared by every thread that has a part in it.

What is cancelled is not a thread, which Python cannot stop, but what the thread waits for. Whoever
blocks (on a socket, a lock, a pause before a retry) registers how to be woken; `CancelToken.cancel`
sets the flag first and then wakes them all, so that a stalled read ends at once and finds the flag.

Rules of this module:

- It starts no threads and takes no lock that a waiting thread could hold: `CancelToken.cancel` may be
  called from any thread, from a signal handler in the middle of any of these functions, and twice.
- A callback runs at most once. Registered too late, it runs at once. After `Registration.remove` has
  returned, it is not running and never will be, so that what it touches (a file descriptor) may be freed.
- A child's registrations are entered with its ancestors too. The parent holds no reference to the child
  itself: a child that is dropped leaves nothing behind.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from .. import errors
from .capture import Capture

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["CancelToken", "Registration"]


class _Mark:
    """What a token and its descendants share: the flag, and who is to be woken.

    Only add, discard and pop are used on the set, each of them atomic; nobody iterates over it.
    """

    __slots__ = ("flagged", "registrations")

    def __init__(self) -> None:
        self.flagged = False
        self.registrations: set[Registration] = set()


class Registration:
    """A callback that waits for a token to be cancelled; a context manager that removes it at the end.

    Made by `CancelToken.on_cancel`.
    """

    __slots__ = ("_armed", "_line", "_running")

    def __init__(self, callback: Callable[[], object], line: tuple[_Mark, ...]) -> None:
        # The callback sits in a list because list.pop is the atomic "take it, once" that this needs.
        self._armed: list[Callable[[], object]] = [callback]
        self._running = threading.RLock()
        self._line = line

    def remove(self) -> None:
        """Forget the callback; waits until it has returned if another thread is just running it."""
        self._armed.clear()
        for mark in self._line:
            mark.registrations.discard(self)
        with self._running:
            pass

    def fire(self) -> None:
        """Run the callback, unless it has run or was removed."""
        with self._running:
            try:
                callback = self._armed.pop()
            except IndexError:
                return
            callback()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()


class CancelToken:
    """Says whether a piece of work is still wanted, and wakes those who wait on its behalf.

    Example:
        >>> token = CancelToken()
        >>> with token.on_cancel(lambda: print("woken")):
        ...     token.cancel()
        woken
        >>> token.cancelled
        True
    """

    __slots__ = ("__weakref__", "_line", "_mark")

    def __init__(self, _ancestors: tuple[_Mark, ...] = ()) -> None:
        self._mark = _Mark()
        self._line = (self._mark, *_ancestors)

    def child(self) -> CancelToken:
        """Give a token that is cancelled with this one, but whose own cancelling leaves this one alone.

        It lets one failing task stop its siblings without stopping the caller's other work.
        """
        return CancelToken(self._line)

    @property
    def cancelled(self) -> bool:
        """Whether this token or one it descends from was cancelled."""
        return any(mark.flagged for mark in self._line)

    def raise_if_cancelled(self) -> None:
        """Return if the work is still wanted.

        Raises:
            Cancelled: It is not.
        """
        # Asked before each piece of a blob: a loop takes a third of the time of `cancelled`.
        for mark in self._line:
            if mark.flagged:
                raise errors.Cancelled

    def cancel(self) -> None:
        """Cancel this token and its descendants, and run what is registered with them.

        All callbacks run, in this thread; the first exception of one of them is raised afterwards.
        """
        self._mark.flagged = True
        waiting = self._mark.registrations
        first = Capture()
        while waiting:
            try:
                registration = waiting.pop()
            except KeyError:  # another thread cancels too, or somebody just removed the last one
                break
            with Capture() as captured:
                registration.fire()
            # The others must be woken first.
            first = first if first.error is not None else captured
        first.raise_again()

    def on_cancel(self, callback: Callable[[], object]) -> Registration:
        """Run a callback when the work is cancelled, at once if it already is.

        Args:
            callback: Wakes somebody: shuts a socket down, releases a lock. It runs in the thread that
                cancels, must be quick, and must not wait for the thread that removes the registration.

        Returns:
            The registration; remove it, or leave its ``with`` block, when nobody waits any more.
        """
        registration = Registration(callback, self._line)
        # Entered first, looked at afterwards; cancel() does it the other way round (flag first, then
        # drain). Whatever the interleaving, one of the two sees the other, and firing twice is harmless.
        for mark in self._line:
            mark.registrations.add(registration)
        if self.cancelled:
            registration.fire()
        return registration

    def wait(self, seconds: float) -> bool:
        """Pause, unless and until the work is cancelled.

        Args:
            seconds: How long at most; zero or less only looks.

        Returns:
            Whether the work is cancelled.
        """
        if seconds <= 0 or self.cancelled:
            return self.cancelled
        # A bare lock, not threading.Event: it can be released from a signal handler at any moment.
        woken = threading.Lock()
        woken.acquire()
        with self.on_cancel(woken.release):
            woken.acquire(timeout=min(seconds, threading.TIMEOUT_MAX))
        return self.cancelled
