"""What coverage-guided fuzz runs have in common: which lines ran, what is kept for it, and what came of it.

Coverage is by pairs of lines that follow each other (sys.settrace), in the rooms that are looked at. What an
input may do is be read or be refused with an error of ours; anything else ends the run, and names the input.
"""

from __future__ import annotations

import random
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from oci.errors import OciError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType, ModuleType, TracebackType

    from _typeshed import TraceFunction

Edge = tuple[str, int, int]


class Coverage:
    """Notes which lines of some packages follow each other; a context manager.

    Args:
        rooms: The packages, and modules.
    """

    def __init__(self, *rooms: ModuleType) -> None:
        files = [Path(room.__file__ or "") for room in rooms]
        self._files = tuple(str(file.parent if file.name == "__init__.py" else file) for file in files)
        self.edges: set[Edge] = set()

    def __enter__(self) -> set[Edge]:
        self.edges = set()
        sys.settrace(self._call)
        return self.edges

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, event: str, argument: object) -> TraceFunction | None:
        file = frame.f_code.co_filename
        if not file.startswith(self._files):
            return None
        last = -1

        def line(frame: FrameType, event: str, argument: object) -> TraceFunction:
            nonlocal last
            if event == "line":
                self.edges.add((file, last, frame.f_lineno))
                last = frame.f_lineno
            return line

        return line


@dataclass
class Tally:
    """What came of a run.

    Attributes:
        inputs: How many inputs there were.
        refused: How many of them were refused.
        read: What was read in the others, as the reader counts.
        slowest_s: The longest time that one input took, coverage and all.
        edges: Pairs of lines that were reached.
    """

    inputs: int = 0
    refused: int = 0
    read: int = 0
    slowest_s: float = 0.0
    edges: set[Edge] = field(default_factory=set)

    @property
    def lines(self) -> int:
        """How many lines were reached."""
        return len({(file, line) for file, _, line in self.edges})


def fuzz(
    read: Callable[[bytes], int],
    seeds: Sequence[bytes],
    mutated: Callable[[list[bytes], random.Random], bytes],
    *,
    coverage: Coverage,
    seconds: float,
    seed: int,
) -> Tally:
    """Try inputs for some time; those that reach new lines are kept, and mutated further.

    Args:
        read: Reads an input, and returns how much was in it.
        seeds: Inputs to begin with.
        mutated: Makes a new input of those at hand.
        coverage: What is watched.
        seconds: How long.
        seed: Of the random numbers.
    """
    chance, tally = random.Random(seed), Tally()
    waiting, corpus = list(seeds), [seeds[0]]
    end = time.monotonic() + seconds
    while waiting or time.monotonic() < end:
        raw = waiting.pop() if waiting else mutated(corpus, chance)
        tally.inputs += 1
        begin = time.perf_counter()
        with coverage as edges:
            try:
                tally.read += read(raw)
            except OciError:
                tally.refused += 1
            except BaseException:
                print(f"input {tally.inputs} of seed {seed}: {raw.hex()}", file=sys.stderr)
                raise
        tally.slowest_s = max(tally.slowest_s, time.perf_counter() - begin)
        if not edges <= tally.edges:
            tally.edges |= edges
            corpus.append(raw)
    return tally
