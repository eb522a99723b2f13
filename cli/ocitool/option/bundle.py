"""Several options that reach a command as one value."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeAlias

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Decorator: TypeAlias = "Callable[[Any], Any]"
"""What click's own decorators are: they take a function or a command and return one."""


def bundle(name: str, make: Callable[..., object], options: Mapping[str, Decorator]) -> Decorator:
    """Declare options whose values are handed over as one.

    Args:
        name: The command's parameter that gets the value.
        make: Makes the value; its keyword arguments are the keys of the options.
        options: The option behind each keyword argument, in the order in which help shows them.
    """
    parameters = {field: _parameter(option) for field, option in options.items()}

    def decorate(function: Callable[..., object]) -> Any:
        @functools.wraps(function)
        def call(**values: Any) -> object:
            own = {field: values.pop(parameter) for field, parameter in parameters.items()}
            return function(**{name: make(**own)}, **values)

        decorated: Any = call
        for option in reversed(list(options.values())):
            decorated = option(decorated)
        return decorated

    return decorate


def _parameter(option: Decorator) -> str:
    """Return the name under which click hands over an option's value."""
    bearer = click.Command(None)
    option(bearer)
    name = bearer.params[0].name
    assert name is not None
    return name
