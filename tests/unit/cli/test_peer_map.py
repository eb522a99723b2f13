"""The tables of skopeo's and podman's commands and options say what there is."""

from __future__ import annotations

from collections import Counter

import click
import pytest

from ocitool.command_table import COMMANDS
from ocitool.failure import explain
from ocitool.invocation import Invocation
from ocitool.peer_map import PODMAN, SKOPEO, WHOLE, PeerMap, Row, explanation
from ocitool.program import program

PEERS = (SKOPEO, PODMAN)
TOP = program.make_context("ocitool", ["completion"], obj=Invocation())


def command_of(name: str) -> click.Command | None:
    """Return one of our commands, or None."""
    first, _, second = name.partition(" ")
    found = program.get_command(TOP, first)
    return found.commands.get(second) if second and isinstance(found, click.Group) else found


def is_here(name: str) -> bool:
    first, _, second = name.partition(" ")
    return first in {entry.name for entry in COMMANDS} and (not second or command_of(name) is not None)


def options_of(peer: PeerMap, command: str) -> set[str]:
    """Return the options of our command that does what the peer's does; empty where there is none."""
    whole = next((row for row in peer.rows if (row.command, row.option) == (command, WHOLE)), None)
    name = whole.ours[0] if whole is not None and whole.state == "different" else command
    found = program if name == WHOLE else command_of(name) if is_here(name) else None
    if found is None or (whole is not None and whole.state not in {"same", "different"}):
        return set()
    known = {"--help"} | ({"--version"} if name == WHOLE else set())
    options = [parameter for parameter in found.params if isinstance(parameter, click.Option)]
    return known | {name for option in options for name in (*option.opts, *option.secondary_opts)}


OPTIONS = [(peer, row) for peer in PEERS for row in peer.rows if row.option != WHOLE]
WHOLES = [(peer, row) for peer in PEERS for row in peer.rows if row.option == WHOLE]


@pytest.mark.parametrize(
    ("peer", "row"),
    OPTIONS,
    ids=lambda each: f"{each.command}{each.option}" if isinstance(each, Row) else each.peer,
)
def test_an_option_is_here_if_the_table_says_so(peer: PeerMap, row: Row) -> None:
    known = options_of(peer, row.command)
    change = f"change its line in {peer.data.name}"
    if row.state == "same":
        assert row.option in known, change
        assert not row.ours
    elif row.state == "different":
        assert row.ours, change
        assert set(row.ours) <= known | options_of(peer, WHOLE), change
    else:
        assert row.option not in known, change
        assert set(row.ours) <= known | options_of(peer, WHOLE)
    assert row.note or row.state == "same", "what is not the same needs a reason"


@pytest.mark.parametrize(
    ("peer", "row"), WHOLES, ids=lambda each: each.command if isinstance(each, Row) else each.peer
)
def test_a_command_is_here_if_the_table_says_so(peer: PeerMap, row: Row) -> None:
    change = f"change its line in {peer.data.name}"
    if row.state == "same":
        assert is_here(row.command), change
    elif row.state == "different":
        assert row.ours, change
    else:
        assert row.note, change
        assert not is_here(row.command), change
    assert all(is_here(name) for name in row.ours)


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.peer)
def test_nothing_is_listed_twice_and_every_command_before_its_options(peer: PeerMap) -> None:
    places = [(row.command, row.option) for row in peer.rows]
    assert [place for place, count in Counter(places).items() if count > 1] == []
    commands = list(dict.fromkeys(row.command for row in peer.rows))
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
