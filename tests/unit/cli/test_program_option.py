"""The options of the program: before a command and behind it, in every spelling."""

from __future__ import annotations

import click
import pytest

from ocitool.command_table import COMMANDS
from ocitool.invocation import Invocation
from ocitool.option.command import Command
from ocitool.option.program import is_of_program, program_options
from ocitool.program import program, version_line


def kept(*arguments: str) -> dict[str, object]:
    """Return what a command line leaves in the invocation."""
    invocation = Invocation()
    ctx = program.make_context("ocitool", list(arguments), obj=invocation)
    name, command, rest = program.resolve_command(ctx, [*ctx._protected_args, *ctx.args])
    assert command is not None
    command.make_context(name, rest, parent=ctx)
    return {key: value for key, value in vars(invocation).items() if key != "name"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--debug"], {"debug": True}),
        (["--debug=true"], {"debug": True}),
        (["--command-timeout", "1m"], {"timeout_s": 60.0}),
        (["--override-os=linux", "--override-arch", "arm64"], {"os": "linux", "architecture": "arm64"}),
        (["--override-variant=v8"], {"variant": "v8"}),
        (["--tmpdir=/x"], {"tmpdir": "/x"}),
        (["--user-agent-prefix", "me/1"], {"user_agent_prefix": "me/1"}),
        (["--insecure-policy"], {"insecure_policy": True}),
        (["--policy=/p"], {"policy": "/p"}),
        (["--registries-conf", "/r"], {"registries_conf": "/r"}),
    ],
)
def test_an_option_means_the_same_before_and_behind_the_command(
    words: list[str], expected: dict[str, object]
) -> None:
    assert kept(*words, "completion", "bash") == expected
    assert kept("completion", *words, "bash") == expected
    assert kept("completion", "bash", *words) == expected


def test_what_stands_behind_the_command_counts_last_and_the_rest_stays() -> None:
    assert kept("--override-os=a", "--debug", "completion", "bash", "--override-os=b") == {
        "os": "b",
        "debug": True,
    }
    assert kept("--debug", "completion", "bash", "--debug=false") == {"debug": False}


def test_help_of_a_command_leaves_them_out_and_that_of_the_program_does_not() -> None:
    top = program.make_context("ocitool", ["completion"], obj=Invocation())
    assert "--tmpdir" in program.get_help(top)
    command = program.get_command(top, "inspect")
    assert command is not None
    assert "--tmpdir" not in command.get_help(click.Context(command, parent=top))


def test_every_command_takes_every_option_of_the_program() -> None:
    top = program.make_context("ocitool", ["completion"], obj=Invocation())
    wanted = {option.opts[0] for option in program_options()}
    for entry in COMMANDS:
        command = program.get_command(top, entry.name)
        assert command is not None
        assert wanted <= {name for parameter in command.params for name in parameter.opts}


def test_an_option_of_the_commands_own_is_left_to_it() -> None:
    @click.command("own", cls=Command)
    @click.option("--tmpdir")
    def own(tmpdir: str) -> None: ...

    (found,) = [parameter for parameter in own.params if "--tmpdir" in parameter.opts]
    assert not is_of_program(found)


def test_the_version_under_the_other_name_begins_as_skopeos_does() -> None:
    assert version_line("ocitool", "0.1.0") == "ocitool version 0.1.0"
    assert version_line("skopeo", "0.1.0").startswith("skopeo version 1.22.")
