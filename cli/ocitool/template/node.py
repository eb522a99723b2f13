"""The tree that the parser makes of a template and the evaluator walks: values only, no behaviour.

Every node knows where it begins (``offset``, in characters), for error messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from oci.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .literal import Number


@frozen
class DotNode:
    """``.``."""

    offset: int


@frozen
class NilNode:
    """``nil``."""

    offset: int


@frozen
class BoolNode:
    """``true`` or ``false``."""

    offset: int
    value: bool


@frozen
class NumberNode:
    """A number or a character constant."""

    offset: int
    number: Number


@frozen
class StringNode:
    """A quoted or raw string."""

    offset: int
    value: str


@frozen
class FieldNode:
    """``.Config.Env``: fields of dot, one after the other."""

    offset: int
    names: tuple[str, ...]


@frozen
class VariableNode:
    """``$x.Name``: a variable, and fields of it."""

    offset: int
    name: str
    fields: tuple[str, ...]


@frozen
class FunctionNode:
    """The name of a function."""

    offset: int
    name: str


@frozen
class ChainNode:
    """``(index .Layers 0).Size``: fields of what an expression yields."""

    offset: int
    base: Operand
    names: tuple[str, ...]


@frozen
class CommandNode:
    """An operand and its arguments."""

    offset: int
    operands: tuple[Operand, ...]


@frozen
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


@frozen
class TextNode:
    """Text that stands for itself."""

    offset: int
    text: str


@frozen
class ActionNode:
    """``{{pipeline}}``."""

    offset: int
    pipe: PipeNode


@frozen
class BranchNode:
    """``{{if}}`` or ``{{with}}``, which also moves dot; an ``otherwise`` of None has no ``{{else}}``."""

    offset: int
    moves_dot: bool
    pipe: PipeNode
    body: Body
    otherwise: Body | None


@frozen
class RangeNode:
    """``{{range}}``."""

    offset: int
    pipe: PipeNode
    body: Body
    otherwise: Body | None


@frozen
class JumpNode:
    """``{{break}}`` or ``{{continue}}``."""

    offset: int
    ends_loop: bool


@frozen
class TemplateNode:
    """``{{template "name" pipeline}}``."""

    offset: int
    name: str
    pipe: PipeNode | None


Statement: TypeAlias = TextNode | ActionNode | BranchNode | RangeNode | JumpNode | TemplateNode
Body: TypeAlias = tuple[Statement, ...]


@frozen
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
