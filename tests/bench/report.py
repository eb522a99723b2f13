"""The rows as Markdown: ratios first, since times belong to one machine and one day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.bench.contestant import OURS
from tests.bench.row import MB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.contest import Standing
    from tests.bench.row import Goal, Row


_BYTES: Final[dict[str, Callable[[Standing], int]]] = {
    "memory": lambda standing: standing.peak_bytes,
    "moved": lambda standing: standing.moved_bytes,
}
"""Measures that have a limit in bytes rather than a ratio."""


def verdicts(row: Row) -> Iterator[tuple[Goal, float | None, bool]]:
    """Yield each goal of a row with what ours reached (None when it failed) and whether that is enough."""
    ours = [standing for standing in row.standings if standing.name.split()[0] == OURS]
    for goal in row.goals:
        name = goal.against or row.standard
        standard = next((standing for standing in row.standings if standing.name == name), None)
        if any(standing.failure for standing in ours) or (standard is not None and standard.failure):
            yield goal, None, False
        else:
            reached = max(_reached(goal, standing, standard) for standing in ours)
            yield goal, reached, reached <= goal.most


def _reached(goal: Goal, ours: Standing, standard: Standing | None) -> float:
    if goal.measure in _BYTES:
        return _BYTES[goal.measure](ours)
    assert standard is not None
    return ours.wall_s / standard.wall_s if goal.measure == "wall" else ours.cpu_s / standard.cpu_s


def summary(rows: list[Row]) -> str:
    """One line for each goal."""
    lines = ["| work | against | what | ours | at most | reached |", "|---|---|---|---|---|---|"]
    for row in rows:
        for goal, reached, is_met in verdicts(row):
            ours = "failed" if reached is None else _figure(goal, reached)
            verdict = "yes" if is_met else "**no**"
            against = goal.against or row.standard or "a limit"
            most = _figure(goal, goal.most)
            lines.append(f"| {row.title} | {against} | {goal.measure} | {ours} | {most} | {verdict} |")
    return "\n".join(lines)


def _figure(goal: Goal, value: float) -> str:
    return _size(value) if goal.measure in _BYTES else f"{value:.2f}"


def details(row: Row) -> str:
    """Every contestant of one row: ratios to the standard, and the medians they come from."""
    standard = next((standing for standing in row.standings if standing.name == row.standard), None)
    lines = [f"### {row.title}", ""]
    if standard is None:
        lines += ["| contestant | peak memory | moved | runs |", "|---|---|---|---|"]
    else:
        lines += [
            "| contestant | wall ratio | CPU ratio | wall (least to most) | CPU | registries' CPU | runs |",
            "|---|---|---|---|---|---|---|",
        ]
    lines += [_line(standing, standard) for standing in row.standings]
    return "\n".join(lines)


def _line(standing: Standing, standard: Standing | None) -> str:
    if standing.failure:
        return f"| {standing.name} | failed |"
    runs = len(standing.samples)
    if standard is None:
        return f"| {standing.name} | {_size(standing.peak_bytes)} | {_size(standing.moved_bytes)} | {runs} |"
    walls = sorted(sample.wall_s for sample in standing.samples)
    ratios = "|  |  "
    if not standard.failure:
        ratios = f"| {standing.wall_s / standard.wall_s:.2f} | {standing.cpu_s / standard.cpu_s:.2f} "
    spread = f"{_time(standing.wall_s)} ({_time(walls[0])} to {_time(walls[-1])})"
    servers = _time(standing.servers_cpu_s)
    return f"| {standing.name} {ratios}| {spread} | {_time(standing.cpu_s)} | {servers} | {runs} |"


def _size(value: float) -> str:
    if not value:
        return ""
    return f"{value / MB:.0f} MB" if value >= 10 * MB else f"{value / MB:.2f} MB"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
