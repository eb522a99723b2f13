"""The tree that the parser makes of a template and the evaluator walks: values only, no behaviour.

Every node knows where it begins (``offset``, in characters), for error messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .literal import Number


@dataclass(frozen=True)
class DotNode:
    """``.``."""

    offset: int


@dataclass(frozen=True)
class NilNode:
    """``nil``."""

    offset: int


@dataclass(frozen=True)
class BoolNode:
    """``true`` or ``false``."""

    offset: int
    value: bool


@dataclass(frozen=True)
class NumberNode:
    """A number or a character constant."""

    offset: int
    number: Number


@dataclass(frozen=True)
class StringNode:
    """A quoted or raw string."""

    offset: int
    value: str


@dataclass(frozen=True)
class FieldNode:
    """``.Config.Env``: fields of dot, one after the other."""

    offset: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class VariableNode:
    """``$x.Name``: a variable, and fields of it."""

    offset: int
    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class FunctionNode:
    """The name of a function."""

    offset: int
    name: str


@dataclass(frozen=True)
class ChainNode:
    """``(index .Layers 0).Size``: fields of what an expression yields."""

    offset: int
    base: Operand
    names: tuple[str, ...]


@dataclass(frozen=True)
class CommandNode:
    """An operand and its arguments."""

    offset: int
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class PipeNode:
    """Commands joined by ``|``, and the variables that take the result."""

    offset: int
    variables: tuple[str, ...]
    is_assignment: bool
    commands: tuple[CommandNode, ...]


Operand: TypeAlias = (
    DotNode
    | NilNode
    | BoolNode
    | NumberNode
    | StringNode
    | FieldNode
    | VariableNode
    | FunctionNode
    | ChainNode
    | PipeNode
)


@dataclass(frozen=True)
class TextNode:
    """Text that stands for itself."""

    offset: int
    text: str


@dataclass(frozen=True)
class ActionNode:
    """``{{pipeline}}``."""

    offset: int
    pipe: PipeNode


@dataclass(frozen=True)
class BranchNode:
    """``{{if}}`` or ``{{with}}``, which also moves dot; an ``otherwise`` of None has no ``{{else}}``."""

    offset: int
    moves_dot: bool
    pipe: PipeNode
    body: Body
    otherwise: Body | None


@dataclass(frozen=True)
class RangeNode:
    """``{{range}}``."""

    offset: int
    pipe: PipeNode
    body: Body
    otherwise: Body | None


@dataclass(frozen=True)
class JumpNode:
    """``{{break}}`` or ``{{continue}}``."""

    offset: int
    ends_loop: bool


@dataclass(frozen=True)
class TemplateNode:
    """``{{template "name" pipeline}}``."""

    offset: int
    name: str
    pipe: PipeNode | None


Statement: TypeAlias = TextNode | ActionNode | BranchNode | RangeNode | JumpNode | TemplateNode
Body: TypeAlias = tuple[Statement, ...]


@dataclass(frozen=True)
class Template:
    """A parsed template.

    Args:
        text: What it was parsed from.
        body: What to render.
        definitions: The bodies of ``{{define}}`` and ``{{block}}`` by name.
    """

    text: str
    body: Body
    definitions: Mapping[str, Body]
