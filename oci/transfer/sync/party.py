"""The tasks of one image among those of all others: when the last has run, the image goes a step further.

A crew stops everything when one of its tasks fails. An image of many may fail without that: its party takes
the failure, and what is left of its tasks does nothing. A task that finds somebody else at what it
wants (`Postponed`) gives its thread back, and runs again after that.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from ...errors import OciError
from .ledger import Postponed

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..crew import Crew, Task


class Party:
    """Runs the tasks of one image in the common crew.

    Args:
        crew: Has the threads.
        rested: Is called, in one of them, whenever no task is left; may add further ones.
    """

    def __init__(self, crew: Crew, rested: Callable[[], None]) -> None:
        self._crew = crew
        self._rested = rested
        self._lock = threading.Lock()
        self._left = 0
        self.failure: OciError | None = None
        """The first failure of a task."""

    def submit(self, task: Task, *, size: int | None = None) -> None:
        """Add a task; see `oci.transfer.crew.Crew.submit`."""
        with self._lock:
            self._left += 1
        self._crew.submit(partial(self._run, task, size), size=size)

    def _run(self, task: Task, size: int | None) -> None:
        try:
            if self.failure is None:
                task()
        except Postponed as postponed:
            postponed.then(lambda: self._crew.submit(partial(self._run, task, size), size=size))
            return
        except OciError as error:
            with self._lock:
                self.failure = self.failure or error
        with self._lock:
            self._left -= 1
            is_last = not self._left
        if is_last:
            self._rested()
