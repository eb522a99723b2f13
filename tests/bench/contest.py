"""Contestants take turns at one piece of work; what counts is the median of each, against a peer's."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tests.bench.measure import Failed, Sample, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.bench.contestant import Command
    from tests.bench.ground import Ground


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one contestant did: medians over the rounds, or why there are none."""

    name: str
    samples: tuple[Sample, ...] = ()
    failure: str = ""

    @property
    def wall_s(self) -> float:
        """The median of the wall times."""
        return statistics.median(sample.wall_s for sample in self.samples)

    @property
    def cpu_s(self) -> float:
        """The median of the processor times."""
        return statistics.median(sample.cpu_s for sample in self.samples)

    @property
    def servers_cpu_s(self) -> float:
        """The median of the processor times of the servers."""
        return statistics.median(sample.servers_cpu_s for sample in self.samples)

    @property
    def peak_bytes(self) -> int:
        """The highest peak of all rounds."""
        return max(sample.peak_bytes for sample in self.samples)

    @property
    def moved_bytes(self) -> int:
        """The most bytes that any round moved."""
        return max(sample.moved_bytes for sample in self.samples)


@dataclass(frozen=True, kw_only=True)
class Contest:
    """One piece of work.

    Attributes:
        contestants: Each with a function that makes its command line for the next run.
        rounds: How often each does it.
        warm_ups: How often each does it before that, unmeasured.
        watch_memory: Whether memory is what is measured, and not time.
        clear: Whether destinations have to be emptied before each run.
        moved: Tells how many bytes have come over the connections that are counted.
    """

    contestants: Mapping[str, Callable[[], Command]]
    rounds: int
    warm_ups: int = 1
    watch_memory: bool = False
    clear: bool = True
    moved: Callable[[], int] = int
    _failures: dict[str, str] = field(default_factory=dict, init=False, compare=False)

    def hold(self, ground: Ground) -> list[Standing]:
        """Let all of them take turns, in the order given, round after round."""
        samples: dict[str, list[Sample]] = {name: [] for name in self.contestants}
        for turn in range(-self.warm_ups, self.rounds):
            for name in self.contestants:
                if name in self._failures:
                    continue
                try:
                    sample = self._run(name, ground)
                except Failed as error:
                    self._failures[name] = str(error)
                else:
                    if turn >= 0:
                        samples[name].append(sample)
        return [
            Standing(name=name, samples=tuple(samples[name]), failure=self._failures.get(name, ""))
            for name in self.contestants
        ]

    def _run(self, name: str, ground: Ground) -> Sample:
        command = self.contestants[name]()
        if self.clear:
            ground.clear()
        before = self.moved()
        sample = run(
            command,
            ground.environment,
            ground.log,
            watch_memory=self.watch_memory,
            servers=ground.registries,
        )
        return replace(sample, moved_bytes=self.moved() - before)
