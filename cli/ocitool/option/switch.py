"""Options that are on or off, in all the ways in which people write them.

``--all``, ``--no-all``, ``--all=true`` and ``--all=false`` (as Go programs have it) all parse; see `Command`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


class Switch(click.Option):
    """An option that is on or off. Help shows only the form that changes something."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return what help shows: both forms where neither is the default, else the one that is not."""
        record = super().get_help_record(ctx)
        if record is None or self.default is None:
            return record
        names = self.secondary_opts if self.default is True else self.opts
        return ", ".join(sorted(names, key=len)), record[1]


def switch(
    *names: str,
    text: str,
    default: bool | None = False,
    hidden: bool = False,
    expose_value: bool = True,
) -> Callable[[Any], Any]:
    """Declare a switch.

    Args:
        names: Its names; every long one gets a ``--no-`` form.
        text: What help says it does.
        default: What it is when it is not given; None tells that apart from both.
        hidden: Whether help leaves it out.
        expose_value: Whether the command gets its value.
    """
    declared = [f"{name}/--no-{name[2:]}" if name.startswith("--") else name for name in names]
    return click.option(
        *declared, cls=Switch, default=default, help=text, hidden=hidden, expose_value=expose_value
    )


def accepted(name: str, *, text: str) -> Callable[[Any], Any]:
    """Declare a switch that scripts written for skopeo use, and that changes nothing here.

    Args:
        name: Its name.
        text: Why it changes nothing.
    """
    return switch(name, text=f"Accepted: {text}", default=None, hidden=True, expose_value=False)
