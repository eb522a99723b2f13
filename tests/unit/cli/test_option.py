"""Switches in every spelling, and durations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from oci.transports.table import MODULES
from ocitool.option.command import Command
from ocitool.option.duration import Duration
from ocitool.option.image import TRANSPORTS
from ocitool.option.switch import switch

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command(cls=Command)
@switch("-a", "--all", text="All of them.")
@switch("--tls-verify", default=None, text="Check certificates.")
@switch("--cache", default=True, text="Use the cache.")
@click.option("--name")
@click.argument("words", nargs=-1)
def example(**values: object) -> None:
    """Show what was parsed."""
    click.echo(repr(values))


def parsed(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(example, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    values = eval(result.output)
    assert isinstance(values, dict)
    return values


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], False),
        (["-a"], True),
        (["--all"], True),
        (["--no-all"], False),
        (["--all=true"], True),
        (["--all=1"], True),
        (["--all=false"], False),
        (["--all=F"], False),
        (["--no-all=false"], True),
        (["--all", "--all=false"], False),
    ],
)
def test_a_switch_takes_every_spelling(arguments: Sequence[str], expected: bool) -> None:
    assert parsed(*arguments)["all"] is expected


def test_a_switch_does_not_swallow_the_next_word() -> None:
    assert parsed("--all", "true", "--tls-verify", "false") == {
        "all": True, "tls_verify": True, "cache": True, "name": None, "words": ("true", "false")
    }  # fmt: skip


def test_a_switch_with_three_states_tells_them_apart() -> None:
    assert [parsed(*a)["tls_verify"] for a in ((), ("--tls-verify",), ("--tls-verify=false",))] == [
        None,
        True,
        False,
    ]


def test_behind_two_dashes_and_in_other_options_nothing_is_rewritten() -> None:
    assert parsed("--", "--all=false")["words"] == ("--all=false",)
    assert parsed("--name=--all=false")["name"] == "--all=false"


@pytest.mark.parametrize("argument", ["--all=maybe", "--all=", "--all=TRUe"])
def test_other_values_are_refused(argument: str) -> None:
    result = CliRunner().invoke(example, [argument])
    assert result.exit_code != 0
    assert "--all" in result.output


def test_help_shows_the_form_that_changes_something() -> None:
    help_text = CliRunner().invoke(example, ["--help"]).output
    assert "-a, --all " in help_text
    assert "--no-all" not in help_text
    assert "--tls-verify / --no-tls-verify" in help_text
    assert "  --no-cache " in help_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90.0), ("1h30m", 5400.0), ("250ms", 0.25), ("1.5m", 90.0), ("2", 2.0), ("0.5", 0.5)],
)
def test_durations_are_read_as_go_reads_them(text: str, seconds: float) -> None:
    assert Duration().convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "s", "10x", "-5s", "1h 30m", "٣s", "5s5"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        Duration().convert(text, None, None)


def test_every_transport_is_completed() -> None:
    assert {name.rstrip(":/") for name in TRANSPORTS} == MODULES.keys()
