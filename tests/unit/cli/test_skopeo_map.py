"""The table of skopeo's commands and options says what there is."""

from __future__ import annotations

from collections import Counter

import click
import pytest

from ocitool.command_table import COMMANDS
from ocitool.failure import explain
from ocitool.invocation import Invocation
from ocitool.program import program
from ocitool.skopeo_map import DATA, WHOLE, Row, explanation, rows

NAMES = {entry.name for entry in COMMANDS}
OPTIONS = [row for row in rows() if row.option != WHOLE]


def options_of(command: str) -> set[str]:
    """Return the options of one of our commands; empty for one that is none."""
    top = program.make_context("ocitool", ["completion"], obj=Invocation())
    found = program if command == WHOLE else program.get_command(top, command)
    if found is None:
        return set()
    known = {"--help"} | ({"--version"} if command == WHOLE else set())
    options = [parameter for parameter in found.params if isinstance(parameter, click.Option)]
    return known | {name for option in options for name in (*option.opts, *option.secondary_opts)}


@pytest.mark.parametrize("row", OPTIONS, ids=lambda row: f"{row.command}{row.option}")
def test_an_option_is_here_if_the_table_says_so(row: Row) -> None:
    known = options_of(row.command)
    change = f"change its line in {DATA.name}"
    if row.state == "same":
        assert row.option in known, change
        assert not row.ours
    elif row.state == "different":
        assert row.ours and set(row.ours) <= known, change
    else:
        assert row.option not in known, change
        assert set(row.ours) <= known
    assert row.note or row.state == "same", "what is not the same needs a reason"


@pytest.mark.parametrize("row", [row for row in rows() if row.option == WHOLE], ids=lambda row: row.command)
def test_a_command_is_here_if_the_table_says_so(row: Row) -> None:
    assert (row.command in NAMES) == (row.state in {"same", "different"}), f"change its line in {DATA.name}"
    assert set(row.ours) <= NAMES


def test_nothing_is_listed_twice_and_every_command_before_its_options() -> None:
    places = [(row.command, row.option) for row in rows()]
    assert [place for place, count in Counter(places).items() if count > 1] == []
    commands = list(dict.fromkeys(row.command for row in rows()))
    for command in commands[1:]:
        assert places[next(n for n, place in enumerate(places) if place[0] == command)][1] == WHOLE


def test_who_uses_what_is_not_here_is_told_why() -> None:
    assert "ocicrypt" in explanation("copy", "--encryption-key")
    assert "copy" in explanation("layers", WHOLE)
    assert explanation("copy", "--all") == ""
    assert explanation("copy", "--nonsense") == ""
    with pytest.raises(click.UsageError) as caught:
        top = program.make_context("ocitool", ["copy", "--encryption-key", "x"], obj=Invocation())
        command = program.get_command(top, "copy")
        assert command is not None
        command.make_context("copy", ["--encryption-key", "x", "a", "b"], parent=top)
    assert "ocicrypt" in explain(caught.value).hint
    with pytest.raises(click.UsageError) as caught:
        program.resolve_command(top, ["layers", "x"])
    assert "dir:PATH" in explain(caught.value).hint


def test_signatures_cannot_both_go_along_and_stay() -> None:
    top = program.make_context("ocitool", ["sync", "a", "b"], obj=Invocation())
    command = program.get_command(top, "sync")
    assert command is not None
    words = ["--src=docker", "--dest=docker", "--referrers", "--remove-signatures", "a/b", "c/d"]
    ctx = command.make_context("sync", words, parent=top)
    with ctx, pytest.raises(click.UsageError, match="exclude each other"):
        command.invoke(ctx)
