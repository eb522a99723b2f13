"""The synchronisation itself: lanes are fed, several at once, into one crew that does all of their images."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from ...content import CancelToken, Capture
from ...errors import Cancelled, OciError
from .board import Board
from .option import SyncOptions
from .report import ImageResult, Verdict
from .voyage import Voyage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .lane import Lane
    from .report import SyncReport

FEEDERS: Final = 8
"""Lanes that are listed and fed at once."""


def sync(
    lanes: Iterable[Lane], *, options: SyncOptions | None = None, token: CancelToken | None = None
) -> SyncReport:
    """Bring the images of all lanes to where they go.

    What fails is in the report, and raises nothing: a failed image, a list that could not be read, a
    destination that cannot be reached.

    Args:
        lanes: What to synchronise; asked for one lane after the other, when there is time for it.
        options: How.
        token: Stops the work. Cancelled here too, when something failed and the rest is not to be done: give
            it a `CancelToken.child`.

    Raises:
        Cancelled: The token was cancelled by somebody else.
        OciError: What asking for the next lane raised.
    """
    options = options or SyncOptions()
    outer = token or CancelToken()
    board = Board(options, outer.child())
    feeding = _Feeding(iter(lanes), board)
    try:
        feeding.wait()
        _finish(board)
    except BaseException:
        board.token.cancel()
        raise
    finally:
        feeding.abandon()
    outer.raise_if_cancelled()
    if feeding.failure is not None:
        raise feeding.failure
    return board.account.report(board.rations.stated())


def _finish(board: Board) -> None:
    """Wait for the crew; that this run itself has stopped it is no failure here."""
    try:
        board.crew.wait()
    except Cancelled:
        if not board.token.cancelled:
            raise


class _Feeding:
    """Takes lane after lane, in several threads.

    Args:
        lanes: The lanes.
        board: What they have in common.
    """

    def __init__(self, lanes: Iterator[Lane], board: Board) -> None:
        self._lanes = lanes
        self._board = board
        self._taking = threading.Lock()
        self._voyages: dict[int, Voyage] = {}
        self.failure: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._feed, name=f"oci-sync-{number}", daemon=True)
            for number in range(FEEDERS)
        ]
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Wait until all lanes are fed; can be interrupted by a signal."""
        for thread in self._threads:
            while thread.is_alive():
                thread.join(0.2)

    def abandon(self) -> None:
        """Note what was begun and will not be done, and let go of the places."""
        for voyage in list(self._voyages.values()):
            voyage.abandon()

    def _feed(self) -> None:
        with Capture() as captured:
            while (voyage := self._next()) is not None:
                voyage.feed()
        if captured.error is not None:
            self.failure = self.failure or captured.error
            self._board.token.cancel()

    def _next(self) -> Voyage | None:
        with self._taking:
            if self._board.is_stopping or self.failure is not None:
                return None
            lane = self._next_lane()
            if lane is None:
                return None
            voyage = Voyage(lane, self._board, self._forget)
            self._voyages[id(voyage)] = voyage
            return voyage

    def _next_lane(self) -> Lane | None:
        options = self._board.options
        shard = None if options.shards_tags else options.shard
        try:
            while (lane := next(self._lanes, None)) is not None:
                if shard is None or shard.takes(lane.label):
                    return lane
        except Cancelled:
            raise
        except OciError as error:
            # What has been listed until then is done all the same, where failures are to be survived.
            self._board.take(ImageResult(source="", destination="", verdict=Verdict.FAILED, error=error))
        return None

    def _forget(self, voyage: Voyage) -> None:
        self._voyages.pop(id(voyage), None)
