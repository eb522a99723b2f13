"""What a function is to a template: its parameters, which decide how arguments are checked, and its code.

Functions get plain data and the values of `go_value`, and raise `Fault`; the evaluator knows the place.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Final, TypeAlias

from oci.frozen import frozen


class Absent(Enum):
    """What is not even nil."""

    VALUE = "no value"
    """A map's missing key, or a nil interface once a pipeline has looked into it: ``<no value>``."""

    ARGUMENT = "no argument"
    """Nothing was piped into a command."""


class Parameter(Enum):
    """The Go type of a parameter."""

    ANY = "interface {}"
    VALUE = "reflect.Value"
    """As ANY, but it can tell an absent value from a nil interface."""
    STRING = "string"
    STRINGS = "[]string"
    INT = "int"


Code: TypeAlias = Callable[..., object]


@frozen
class Function:
    """A function that templates may call.

    Args:
        code: What computes its value; it raises Fault, TypeError, ValueError or LookupError to refuse.
        fixed: Its parameters.
        variadic: The parameter that may follow any number of times, or None.
    """

    code: Code
    fixed: tuple[Parameter, ...] = ()
    variadic: Parameter | None = None

    def refuses(self, count: int) -> bool:
        """Tell whether that is a wrong number of arguments."""
        return count < len(self.fixed) or (self.variadic is None and count > len(self.fixed))

    def parameter(self, position: int) -> Parameter:
        """Return the parameter of the argument at that position, which is not refused."""
        if position < len(self.fixed) or self.variadic is None:
            return self.fixed[position]
        return self.variadic


AND: Final = Function(lambda *_: None, (Parameter.VALUE,), Parameter.VALUE)
OR: Final = Function(lambda *_: None, (Parameter.VALUE,), Parameter.VALUE)
"""Both stop at the argument that decides, so the evaluator runs them itself."""
