"""Options that take one of a few words, or a number within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from .bundle import Decorator


def one_of(name: str, *words: str, text: str, parameter: str = "") -> Decorator:
    """Declare an option that takes one of a few words.

    Args:
        name: Its name.
        words: What it takes; the first one is what it is when it is not given, and help says so.
        text: What help says it does.
        parameter: The command's parameter that gets the word, where that is not the option's own name.
    """
    names = (name, parameter) if parameter else (name,)
    return click.option(*names, type=click.Choice(words), default=words[0], show_default=True, help=text)


def number(*names: str, text: str, least: int = 1, most: int | None = None) -> Decorator:
    """Declare an option that takes a number, and is None when it is not given.

    Args:
        names: Its names.
        text: What help says it does.
        least: The smallest number that it takes.
        most: The largest one, or None.
    """
    return click.option(*names, type=click.IntRange(least, most), metavar="N", help=text)
