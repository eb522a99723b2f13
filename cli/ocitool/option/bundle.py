"""Several options that reach a command as one value."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Decorator: TypeAlias = "Callable[[Any], Any]"
"""What click's own decorators are: they take a function or a command and return one."""


def bundle(name: str, make: Callable[..., object], options: Mapping[str, tuple[str, Decorator]]) -> Decorator:
    """Declare options whose values are handed over as one.

    Args:
        name: The command's parameter that gets the value.
        make: Makes the value; its keyword arguments are the keys of the options.
        options: For each keyword argument, the name of click's parameter and the option itself, in the
            order in which help shows them.
    """

    def decorate(function: Callable[..., object]) -> Any:
        @functools.wraps(function)
        def call(**values: Any) -> object:
            own = {field: values.pop(parameter) for field, (parameter, _) in options.items()}
            return function(**{name: make(**own)}, **values)

        decorated: Any = call
        for _, option in reversed(list(options.values())):
            decorated = option(decorated)
        return decorated

    return decorate
