"""The class of all commands: they take the program's options too, and understand ``--switch=false``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from .program import with_program_options
from .switch import Switch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What Go's strconv.ParseBool takes.
_BOOLEANS: Final = dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True) | dict.fromkeys(
    ("0", "f", "F", "false", "FALSE", "False"), False
)


class ParsesSwitches(click.Command):
    """A command whose switches may be given a value, which click does not know."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse arguments after writing switches with values as click has them."""
        try:
            return super().parse_args(ctx, list(self._plain(args)))
        except click.UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def _plain(self, arguments: list[str]) -> Iterator[str]:
        forms = {
            (name, value): (option.opts if value == positive else option.secondary_opts)[0]
            for option in self.params
            if isinstance(option, Switch)
            for positive, names in ((True, option.opts), (False, option.secondary_opts))
            for name in names
            for value in (True, False)
        }
        rest = iter(arguments)
        for argument in rest:
            name, equals, value = argument.partition("=")
            yield forms.get((name, _BOOLEANS[value]), argument) if equals and value in _BOOLEANS else argument
            if argument == "--":
                yield from rest


class Command(ParsesSwitches):
    """A command of the program."""

    def __init__(self, name: str, params: Sequence[click.Parameter] = (), **options: Any) -> None:
        super().__init__(name, params=with_program_options(params), **options)


class Group(Command, click.Group):
    """A command of the program that has further ones."""
