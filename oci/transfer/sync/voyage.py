"""One lane under way: listed, chosen from, its images fed to the crew, pruned at its end."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from ...content import ListsNames
from ...errors import Cancelled, LimitExceeded, NotFound, OciError, Unsupported
from ...spec.reference import DEFAULT_TAG
from ..event import Warned
from ..failure import during
from ..selection import Instance
from .choice import chosen
from .inventory import Inventory
from .passage import Passage
from .prune import remove, surplus
from .report import ImageResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...content import Sink, Source
    from ...spec import Digest
    from .board import Board
    from .depot import Depot
    from .lane import Lane, Target

_Name: TypeAlias = "str | Digest | None"

MAX_LISTED: Final = 100_000
"""Names at a destination that are kept in mind; where there are more, each is asked for by itself."""


class Voyage:
    """Does one lane.

    Args:
        lane: The lane.
        board: What all lanes have in common.
        ended: Is told when nothing of the lane is left to do.
    """

    def __init__(self, lane: Lane, board: Board, ended: Callable[[Voyage], None]) -> None:
        self._over = ended
        self._lane = lane
        self._board = board
        self._options = board.options
        self._lock = threading.Lock()
        self._left = 1
        self._failed = False
        self._depots: dict[str, Depot] = {}
        self._page = board.memo.page(lane.label)
        self._source: Source | None = None
        self._inventory = Inventory(self._list_destination)
        self._kept: set[str] = set()
        self._under_way: dict[_Name, Target] = {}

    def feed(self) -> None:
        """List the source, and hand its images to the crew; returns when the last one is handed over."""
        self._board.account.enter_repository()
        try:
            self._source = self._lane.open_source()
            for name in self._names(self._source):
                if self._board.is_stopping:
                    self._failed = True
                    break
                self._begin(self._source, name)
        except Cancelled:
            self._failed = True
        except OciError as error:
            self._fail(error)
        finally:
            self._one_less()

    def abandon(self) -> None:
        """Note which images were begun and will not be done; close what is open. The crew has ended."""
        for name, target in self._under_way.items():
            self._board.account.enter(
                ImageResult(
                    source=self._lane.image_label(name),
                    destination=target.label,
                    verdict=Verdict.NOT_DONE,
                )
            )
        self._close()

    def _names(self, source: Source) -> Iterator[_Name]:
        """Yield what is wanted, and find out meanwhile what the destination has."""
        if self._lane.names is None:
            yield from self._chosen(source)
            return
        if not self._lane.is_guarded:
            self._inventory.names()
        for name in self._lane.names:
            if self._takes(name):
                self._keep(str(name))
                yield name

    def _chosen(self, source: Source) -> Iterator[str]:
        lane, limits = self._lane, self._options.copy.limits
        # Both lists at once; that of the destination is needed when the first name is known.
        listing = None
        if lane.is_mirror and not lane.is_guarded:
            listing = self._board.aside(self._inventory.names)
        for count, name in enumerate(chosen(self._listed(source), lane.wanted, partial(self._dated, source))):
            if count >= limits.names:
                raise LimitExceeded(limit="names", allowed=limits.names, where=source.label)
            if listing is not None:
                listing()
                listing = None
            if self._takes(name):
                self._keep(name)
                yield name
        if listing is not None:
            listing()

    def _keep(self, name: str) -> None:
        """Remember what the source has, where that decides what is removed."""
        if self._options.pruning is not None:
            self._kept.add(name)

    def _listed(self, source: Source) -> Iterator[str]:
        if not isinstance(source, ListsNames):
            raise Unsupported(f"{source.label}: has no list of names")
        try:
            yield from source.names()
        except OciError as error:
            raise during("list", "source", source.label, None, error) from error

    def _dated(self, source: Source, tags: list[str]) -> list[tuple[float, str]]:
        from .date import Dates

        selection = self._lane.selection or self._options.copy.selection
        limits = self._options.copy.limits
        platform = selection.platform if isinstance(selection, Instance) else None
        board = self._board
        return Dates(source, board.crew, platform=platform, limits=limits, token=board.token).of(tags)

    def _takes(self, name: _Name) -> bool:
        shard = self._options.shard
        return shard is None or not self._options.shards_tags or shard.takes(f"{self._lane.label} {name}")

    def _list_destination(self) -> frozenset[str] | None:
        """List what is at the destination; None where that is too much, or cannot be told."""
        if not self._lane.is_mirror:
            return None
        sink = self._depot(self._lane.target(DEFAULT_TAG)).sink
        if not isinstance(sink, ListsNames):
            return None
        found: set[str] = set()
        try:
            for name in sink.names():
                found.add(name)
                if len(found) > MAX_LISTED:
                    return None
        except NotFound:
            return frozenset()
        except OciError:
            # The list only saves questions: who cannot be asked for it may still answer them.
            return None
        return frozenset(found)

    def _begin(self, source: Source, name: _Name) -> None:
        target = self._lane.target(name)
        self._board.enter(source, name)
        with self._lock:
            self._left += 1
            self._under_way[name] = target
        Passage(
            source,
            name,
            label=self._lane.image_label(name),
            open_depot=partial(self._depot, target),
            target=target,
            admit=self._lane.admit,
            attendant=self._lane.attend(name, source),
            is_apart=self._lane.is_apart,
            page=self._page,
            options=self._options,
            selection=self._lane.selection or self._options.copy.selection,
            crew=self._board.crew,
            token=self._board.token,
            tell=self._board.tell,
            ended=partial(self._ended, name),
        ).begin(may_be_there=partial(self._inventory.may_have, target.name))

    def _depot(self, target: Target) -> Depot:
        with self._lock:
            depot = self._depots.get(target.place)
            if depot is None:
                assert self._source is not None
                sink = self._lane.open_sink(target)
                depot = self._depots[target.place] = self._board.depot(self._source, sink)
            return depot

    def _ended(self, name: _Name, result: ImageResult) -> None:
        self._board.leave()
        with self._lock:
            del self._under_way[name]
        if result.verdict in {Verdict.FAILED, Verdict.NOT_DONE}:
            self._failed = True
        self._board.take(result)
        self._one_less()

    def _fail(self, error: OciError) -> None:
        """Note that the lane as a whole could not be done."""
        self._failed = True
        self._board.take(
            ImageResult(source=self._lane.label, destination="", verdict=Verdict.FAILED, error=error)
        )

    def _one_less(self) -> None:
        with self._lock:
            self._left -= 1
            is_done = not self._left
        if is_done:
            self._board.crew.submit(self._end)

    def _end(self) -> None:
        """Prune where everything went well, and close what the lane has opened."""
        try:
            if self._options.pruning is not None and not self._failed:
                self._prune()
        except OciError as error:
            self._fail(error)
        finally:
            if self._source is not None:
                self._board.rations.note(self._source)
            self._close()
            self._over(self)

    def _close(self) -> None:
        for depot in self._depots.values():
            depot.close()
        self._depots.clear()
        if self._source is not None:
            self._source.close()

    def _prune(self) -> None:
        pruning = self._options.pruning
        assert pruning is not None
        if not self._lane.is_mirror:
            text = "its images do not have a place at the destination to themselves, by their own names"
            self._board.tell(Warned(f"{self._lane.label}: nothing is removed: {text}"))
            return
        depot = self._depot(self._lane.target(DEFAULT_TAG))
        there = self._inventory.names()
        if there is None:
            raise Unsupported(f"{depot.sink.label}: cannot be listed: nothing is removed")
        kept = {name for each in self._kept for name in self._lane.target(each).names}
        names = surplus(
            there,
            kept,
            wanted=self._lane.wanted,
            takes=lambda name: self._takes(name) and not self._lane.is_apart(name),
            pruning=pruning,
            where=depot.sink.label,
        )
        for name in names:
            self._remove(depot.sink, name)

    def _remove(self, sink: Sink, name: str) -> None:
        label = self._lane.target(name).label
        try:
            if self._options.dry_run:
                self._board.take(ImageResult(source="", destination=label, verdict=Verdict.WOULD_PRUNE))
                return
            stood_for = remove(sink, name)
        except OciError as error:
            self._board.take(ImageResult(source="", destination=label, verdict=Verdict.FAILED, error=error))
            return
        digest = None if stood_for is None else stood_for.digest
        self._board.take(ImageResult(source="", destination=label, verdict=Verdict.PRUNED, digest=digest))
