"""The options of the program itself, which every command takes behind its name as well, as skopeo's do.

Whoever starts the program for others (bootc, a script) mostly names the command first: ``ocitool inspect
--debug IMAGE`` means what ``ocitool --debug inspect IMAGE`` means. Help shows them once, before the command.
What they say ends up in the `Invocation`, never in a command's own parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import click
from click.core import ParameterSource

from ..invocation import Invocation
from .duration import Duration
from .switch import Switch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class _Row(NamedTuple):
    attribute: str
    """The attribute of the `Invocation`."""
    name: str
    text: str
    metavar: str | None = None
    kind: click.ParamType[float] | None = None
    is_switch: bool = False
    is_hidden: bool = False


_ROWS: Final = (
    _Row("debug", "--debug", "Show requests, and the traceback of an internal error.", is_switch=True),
    _Row("timeout_s", "--command-timeout", "Give up after this time, such as 90s or 1h30m.", kind=Duration()),
    _Row("os", "--override-os", "Choose images for this operating system.", "OS"),
    _Row("architecture", "--override-arch", "Choose images for this architecture.", "ARCH"),
    _Row("variant", "--override-variant", "Choose images for this variant of the architecture.", "VARIANT"),
    _Row("root", "--root", "Keep the local store there, instead of in the usual place.", "DIRECTORY"),
    _Row("tmpdir", "--tmpdir", "Put temporary files there.", "DIRECTORY"),
    _Row("user_agent_prefix", "--user-agent-prefix", "Say this to registries before our name.", "TEXT"),
    _Row("policy", "--policy", "Let in what this policy accepts, instead of the usual one.", "FILE"),
    _Row(
        "insecure_policy",
        "--insecure-policy",
        "Let in every image, whatever the policy says.",
        is_switch=True,
    ),
    _Row(
        "require_signed",
        "--require-signed",
        "Let in only what a signature proves, as the policy demands.",
        is_switch=True,
    ),
    _Row(
        "registries_conf", "--registries-conf", "Read this registries.conf, instead of the usual one.", "FILE"
    ),
    _Row("tls_details", "--tls-details", "Agree with hosts only on the TLS that this file allows.", "FILE"),
    _Row(
        "registries_d",
        "--registries.d",
        "Read in this directory where signatures lie, instead of the usual one.",
        "DIRECTORY",
    ),
)


class ProgramOption(click.Option):
    """An option of the program with a value."""


class ProgramSwitch(Switch):
    """An option of the program that is on or off."""


def program_options() -> Sequence[click.Option]:
    """Make the options of the program."""
    return [_option(row, is_hidden=row.is_hidden) for row in _ROWS]


def with_program_options(parameters: Iterable[click.Parameter]) -> list[click.Parameter]:
    """Add the options of the program to those of a command, but for names that the command uses itself."""
    own = list(parameters)
    names = {name for parameter in own for name in parameter.opts}
    return own + [_option(row, is_hidden=True) for row in _ROWS if row.name not in names]


def is_of_program(parameter: click.Parameter) -> bool:
    """Tell whether an option is one of the program's own."""
    return isinstance(parameter, ProgramOption | ProgramSwitch)


def _option(row: _Row, *, is_hidden: bool) -> click.Option:
    kept = _keep(row.attribute)
    if row.is_switch:
        return ProgramSwitch(
            [f"{row.name}/--no-{row.name[2:]}"],
            default=False,
            help=row.text,
            hidden=is_hidden,
            expose_value=False,
            callback=kept,
        )
    return ProgramOption(
        [row.name],
        type=row.kind,
        metavar=row.metavar,
        help=row.text,
        hidden=is_hidden,
        expose_value=False,
        callback=kept,
    )


def _keep(attribute: str) -> Callable[[click.Context, click.Parameter, object], None]:
    def keep(ctx: click.Context, parameter: click.Parameter, value: object) -> None:
        invocation = ctx.find_object(Invocation)
        is_given = ctx.get_parameter_source(parameter.name or "") is not ParameterSource.DEFAULT
        if invocation is not None and is_given:
            setattr(invocation, attribute, value)

    return keep
