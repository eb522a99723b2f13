"""What all lanes of one synchronisation have in common: the crew, the ledgers, the window, the account."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, TypeVar

from ...content.capture import Capture
from ..blob import Stock
from ..crew import Crew
from .depot import Depot, Ledgers
from .memo import Memo
from .ration import Rations
from .remake import Remakes
from .report import Account, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...content import CancelToken, Name, Sink, Source
    from ..event import Event
    from .option import SyncOptions
    from .report import ImageResult

_T = TypeVar("_T")

WINDOW: Final = 64
"""Images that are under way at once: enough to keep the crew busy, few enough to bound the memory."""


class Board:
    """Keeps together what the lanes share.

    Args:
        options: How to synchronise.
        token: Stops the work; cancelled here when something fails and the rest is not to be done.
    """

    def __init__(self, options: SyncOptions, token: CancelToken) -> None:
        self.options = options
        self.token = token
        self.crew = Crew(options.parallel, token)
        self.account = Account(options.on_image)
        self._ledgers = Ledgers()
        self._remakes = Remakes()
        self.memo = Memo(options.memo)
        self._stock = Stock.of(options.copy, threads=options.parallel)
        self._telling = threading.Lock()
        self._window = threading.Semaphore(WINDOW)
        self._under_way = 0
        self.rations = Rations(options.rate_limit_below, options.rate_limit_pause_s, self.tell, token)

    @property
    def is_stopping(self) -> bool:
        """Whether no further image is to be begun."""
        return self.token.cancelled

    def depot(self, source: Source, sink: Sink) -> Depot:
        """Make what takes in the content of one source for one place."""
        return Depot(
            source,
            sink,
            self._ledgers,
            options=self.options.copy,
            stock=self._stock,
            remakes=self._remakes,
            token=self.token,
            tell=self.tell,
        )

    def tell(self, event: Event) -> None:
        """Pass on what happens to content, one call at a time."""
        with self._telling:
            self.options.copy.listener(event)

    def take(self, result: ImageResult) -> None:
        """Take what became of an image; the first failure ends it all, unless failures are to be survived."""
        self.account.enter(result)
        if result.verdict is Verdict.FAILED and not self.options.keeps_going:
            self.token.cancel()

    def enter(self, source: Source, name: Name) -> None:
        """Wait until one more image may be under way.

        Args:
            source: Where it is.
            name: Its name there.

        Raises:
            Cancelled: The work was cancelled.
        """
        self.rations.wait_for(source, name, self._under_way)
        while not self._window.acquire(timeout=0.2):
            self.token.raise_if_cancelled()
        with self._telling:
            self._under_way += 1

    def leave(self) -> None:
        """Say that an image is done."""
        with self._telling:
            self._under_way -= 1
        self._window.release()

    def aside(self, work: Callable[[], _T]) -> Callable[[], _T]:
        """Have something done by the crew, and return a function that waits for what comes of it."""
        outcome: list[_T] = []
        captured = Capture()
        ended = threading.Semaphore(0)

        def run() -> None:
            with captured:
                outcome.append(work())
            ended.release()

        def wait() -> _T:
            while not ended.acquire(timeout=0.2):
                self.token.raise_if_cancelled()
            captured.raise_again()
            return outcome[0]

        self.crew.submit(run)
        return wait
