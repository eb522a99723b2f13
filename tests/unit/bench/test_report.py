"""The benchmark's verdicts: what counts as reached, and that a failure never does."""

from __future__ import annotations

import pytest

from tests.bench.contest import Standing
from tests.bench.measure import Sample
from tests.bench.report import details, summary, verdicts
from tests.bench.row import MB, Goal, Row


def standing(name: str, *walls: float, peak_bytes: int = 0) -> Standing:
    samples = tuple(
        Sample(wall_s=wall, cpu_s=wall / 2, peak_bytes=peak_bytes, servers_cpu_s=wall / 4) for wall in walls
    )
    return Standing(name=name, samples=samples)


def row(goal: Goal, *standings: Standing, standard: str = "crane") -> Row:
    return Row(title="work", standard=standard, goals=(goal,), standings=list(standings))


@pytest.mark.parametrize(("most", "is_met"), [(0.5, True), (0.49, False)])
def test_the_median_is_measured_against_the_standard(most: float, *, is_met: bool) -> None:
    goal = Goal(measure="wall", most=most)
    held = row(goal, standing("ocitool", 9.0, 1.0, 0.5), standing("crane", 2.0, 1.0, 3.0))
    assert list(verdicts(held)) == [(goal, 0.5, is_met)]


def test_processor_time_has_a_ratio_of_its_own() -> None:
    goal = Goal(measure="CPU", most=1.0)
    slow = Standing(name="ocitool", samples=(Sample(wall_s=1.0, cpu_s=3.0),))
    assert list(verdicts(row(goal, slow, standing("crane", 4.0)))) == [(goal, 1.5, False)]


def test_memory_is_the_highest_peak_of_all_our_runs() -> None:
    goal = Goal(measure="memory", most=80 * MB)
    ways = standing("ocitool to a layout", 1.0, peak_bytes=30), standing("ocitool", 1.0, peak_bytes=90 * MB)
    assert list(verdicts(row(goal, *ways, standard=""))) == [(goal, 90 * MB, False)]


@pytest.mark.parametrize("failing", ["ocitool", "crane"])
def test_a_failure_reaches_nothing(failing: str) -> None:
    goal = Goal(measure="wall", most=1.0)
    runs = [standing("ocitool", 1.0), standing("crane", 2.0)]
    held = row(goal, *(Standing(name=run.name, failure="no") if run.name == failing else run for run in runs))
    assert list(verdicts(held)) == [(goal, None, False)]
    assert "| failed |" in details(held)
    assert "failed" in summary([held])


def test_the_summary_shows_ratios() -> None:
    held = row(Goal(measure="wall", most=0.95), standing("ocitool", 1.0), standing("crane", 2.0))
    assert "| work | crane | wall | 0.50 | 0.95 | yes |" in summary([held])


def test_the_details_show_what_both_sides_cost() -> None:
    held = row(Goal(measure="wall", most=0.95), standing("ocitool", 1.0), standing("crane", 2.0))
    assert "| ocitool | 0.50 | 0.50 | 1.00 s (1.00 s to 1.00 s) | 500 ms | 250 ms | 1 |" in details(held)


def test_a_goal_may_be_against_another_than_the_rows_standard() -> None:
    goal = Goal(measure="wall", most=0.7, against="tar")
    held = row(goal, standing("ocitool", 1.0), standing("crane", 4.0), standing("tar", 2.0))
    assert list(verdicts(held)) == [(goal, 0.5, True)]
    assert "| work | tar | wall | 0.50 | 0.70 | yes |" in summary([held])


def test_what_was_moved_is_the_most_of_all_our_runs() -> None:
    goal = Goal(measure="moved", most=3 * MB)
    samples = tuple(Sample(wall_s=1.0, cpu_s=1.0, moved_bytes=moved) for moved in (MB, 4 * MB))
    held = row(goal, Standing(name="ocitool", samples=samples), standard="")
    assert list(verdicts(held)) == [(goal, 4 * MB, False)]
    assert "| ocitool |  | 4.00 MB | 2 |" in details(held)
