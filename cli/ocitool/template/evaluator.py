"""Applies a parsed template to data, by the rules of Go's text/template/exec.go.

It walks statements, evaluates pipelines and finds fields; what functions compute, and how values are
printed, is decided elsewhere. A missing key of a map is no error, a missing field of a struct is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from oci.frozen import frozen

from ..go_value import Nil, Struct, pointed, sorted_keys, type_name
from .builtin import is_true
from .display import show
from .error import Fault, error_at
from .function import AND, OR, Absent, Function, Parameter
from .limit import MAX_DEPTH, MAX_OUTPUT_CHARS, MAX_STEPS, check_length
from .node import (
    ActionNode,
    BoolNode,
    BranchNode,
    ChainNode,
    CommandNode,
    DotNode,
    FieldNode,
    FunctionNode,
    JumpNode,
    NilNode,
    NumberNode,
    Operand,
    PipeNode,
    RangeNode,
    StringNode,
    TemplateNode,
    TextNode,
    VariableNode,
)

if TYPE_CHECKING:
    from .node import Body, Statement, Template


@frozen
class _Given:
    """What a command gives to its first word: argument nodes, the dot they are seen from, a piped value."""

    nodes: tuple[Operand, ...]
    dot: object
    piped: object = Absent.ARGUMENT

    def __len__(self) -> int:
        return len(self.nodes) + (self.piped is not Absent.ARGUMENT)


class Evaluator:
    """One rendering of one template.

    Args:
        template: The parsed template.
        functions: What it may call.
    """

    def __init__(self, template: Template, functions: Mapping[str, Function]) -> None:
        self._template = template
        self._functions = functions
        self._parts: list[str] = []
        self._length = 0
        self._steps = 0
        self._depth = 0
        self._variables: list[tuple[str, object]] = []

    def run(self, data: object) -> str:
        """Render the template.

        Args:
            data: The value of dot and of ``$``.

        Raises:
            TemplateError: The template does not fit the data, or a limit was passed.
        """
        dot = Absent.VALUE if data is None else data
        self._variables = [("$", dot)]
        self._walk(self._template.body, dot)
        return "".join(self._parts)

    # Statements

    def _walk(self, body: Body, dot: object) -> JumpNode | None:
        """Render statements, up to a jump out of them, which is returned."""
        for statement in body:
            self._step(statement.offset)
            jump = self._statement(statement, dot)
            if jump is not None:
                return jump
        return None

    def _statement(self, node: Statement, dot: object) -> JumpNode | None:
        if isinstance(node, TextNode):
            self._write(node.text, node.offset)
        elif isinstance(node, ActionNode):
            value = self._pipeline(node.pipe, dot)
            if not node.pipe.variables:
                self._print(value, node.offset)
        elif isinstance(node, JumpNode):
            return node
        elif isinstance(node, TemplateNode):
            self._invoke(node, dot)
        else:
            with self._deeper(node.offset):
                return self._branch(node, dot) if isinstance(node, BranchNode) else self._range(node, dot)
        return None

    def _print(self, value: object, offset: int) -> None:
        if value is Absent.VALUE:
            text = "<no value>"
        elif type(value) is str:
            text = value
        else:
            with self._located(offset):
                text = show(value)
        self._write(text, offset)

    def _write(self, text: str, offset: int) -> None:
        self._length += len(text)
        if self._length > MAX_OUTPUT_CHARS:
            self._fail(f"the output is larger than {MAX_OUTPUT_CHARS} characters", offset)
        self._parts.append(text)

    def _branch(self, node: BranchNode, dot: object) -> JumpNode | None:
        mark = len(self._variables)
        value = self._pipeline(node.pipe, dot)
        jump = None
        if is_true(value):
            jump = self._walk(node.body, value if node.moves_dot else dot)
        elif node.otherwise is not None:
            jump = self._walk(node.otherwise, dot)
        del self._variables[mark:]
        return jump

    def _range(self, node: RangeNode, dot: object) -> JumpNode | None:
        mark = len(self._variables)
        value = self._pipeline(node.pipe, dot)
        inner = len(self._variables)
        jump = None
        is_empty = True
        for key, element in self._elements(value, node):
            is_empty = False
            self._step(node.offset)
            self._take(node.pipe, key, element)
            inside = self._walk(node.body, element)
            del self._variables[inner:]
            if inside is not None and inside.ends_loop:
                break
        if is_empty and node.otherwise is not None:
            jump = self._walk(node.otherwise, dot)
        del self._variables[mark:]
        return jump

    def _elements(self, value: object, node: RangeNode) -> Iterator[tuple[object, object]]:
        if isinstance(value, list | tuple):
            return iter(enumerate(value))
        if isinstance(value, Mapping):
            with self._located(node.pipe.offset):
                keys = sorted_keys(value)
            return ((key, value[key]) for key in keys)
        if value is Absent.VALUE or value is Nil.SLICE or value is Nil.MAP:
            return iter(())
        if not isinstance(value, int) or isinstance(value, bool) or len(node.pipe.variables) > 1:
            self._fail(f"range can't iterate over {self._name(value)}", node.pipe.offset)
        return ((Absent.VALUE, number) for number in range(value))

    def _take(self, pipe: PipeNode, key: object, element: object) -> None:
        """Give an iteration's key and element to the variables of its range."""
        names = pipe.variables
        values = (key, element)[-len(names) :] if names else ()
        for position, (name, value) in enumerate(zip(names, values, strict=True)):
            if pipe.is_assignment:
                self._assign(name, value, pipe.offset)
            else:
                self._variables[position - len(names)] = (name, value)

    def _invoke(self, node: TemplateNode, dot: object) -> None:
        body = self._template.definitions.get(node.name)
        if body is None:
            self._fail(f"template {node.name!r} not defined", node.offset)
        value = Absent.VALUE if node.pipe is None else self._pipeline(node.pipe, dot)
        outer = self._variables
        self._variables = [("$", value)]
        with self._deeper(node.offset):
            self._walk(body, value)
        self._variables = outer

    # Pipelines and commands

    def _pipeline(self, pipe: PipeNode, dot: object) -> object:
        value: object = Absent.ARGUMENT
        with self._deeper(pipe.offset):
            for command in pipe.commands:
                value = self._command(command, dot, value)
                if value is None:
                    value = Absent.VALUE
        for name in pipe.variables:
            if pipe.is_assignment:
                self._assign(name, value, pipe.offset)
            else:
                self._variables.append((name, value))
        return value

    def _command(self, command: CommandNode, dot: object, piped: object) -> object:
        self._step(command.offset)
        first = command.operands[0]
        given = _Given(command.operands[1:], dot, piped)
        if isinstance(first, FunctionNode):
            return self._call(first, given)
        if isinstance(first, FieldNode):
            return self._fields(dot, first.names, first, given)
        if isinstance(first, ChainNode):
            return self._fields(self._operand(first.base, dot), first.names, first, given)
        if isinstance(first, VariableNode) and first.fields:
            return self._fields(self._variable(first), first.fields, first, given)
        if given:
            self._fail("can't give argument to a value that is not a function", first.offset)
        if isinstance(first, NilNode):
            self._fail("nil is not a command", first.offset)
        return self._operand(first, dot)

    def _operand(self, node: Operand, dot: object) -> object:
        """Evaluate an operand that has no arguments."""
        if isinstance(node, DotNode):
            return dot
        if isinstance(node, StringNode | BoolNode):
            return node.value
        if isinstance(node, NumberNode):
            with self._located(node.offset):
                return node.number.value
        if isinstance(node, PipeNode):
            return self._pipeline(node, dot)
        if isinstance(node, VariableNode) and not node.fields:
            return self._variable(node)
        return self._command(CommandNode(node.offset, (node,)), dot, Absent.ARGUMENT)

    def _variable(self, node: VariableNode) -> object:
        return self._variables[self._find(node.name, node.offset)][1]

    def _assign(self, name: str, value: object, offset: int) -> None:
        self._variables[self._find(name, offset)] = (name, value)

    def _find(self, name: str, offset: int) -> int:
        """Return where the variable declared last under that name lies."""
        for position in reversed(range(len(self._variables))):
            if self._variables[position][0] == name:
                return position
        raise error_at(self._template.text, offset, f"undefined variable: {name}")

    # Fields and methods

    def _fields(self, receiver: object, names: tuple[str, ...], node: Operand, given: _Given) -> object:
        nothing = _Given((), given.dot)
        for name in names[:-1]:
            receiver = self._field(receiver, name, node, nothing)
        return self._field(receiver, names[-1], node, given)

    def _field(self, receiver: object, name: str, node: Operand, given: _Given) -> object:
        if receiver is Absent.VALUE:
            return receiver
        if receiver is None or receiver is Nil.POINTER:
            self._fail(f"nil pointer evaluating .{name}", node.offset)
        find = getattr(receiver, "go_method", None)
        method = find(name) if find is not None else None
        if method is not None:
            return self._apply(Function(method, (), Parameter.ANY), name, node, given)
        found = self._stored(receiver, name)
        if found is Absent.ARGUMENT:
            fields = [f".{field.name}" for field in receiver.fields] if isinstance(receiver, Struct) else []
            hint = f"the fields are {', '.join(fields)}" if fields else ""
            message = f"can't evaluate field {name} in type {self._name(receiver)}"
            self._fail(message, node.offset, hint=hint)
        if given:
            self._fail(f"{name} is not a method but has arguments", node.offset)
        return found

    def _stored(self, receiver: object, name: str) -> object:
        """Return a struct's field or a map's element, `Absent.ARGUMENT` where there can be none."""
        if isinstance(receiver, Struct):
            field = receiver.find(name)
            return Absent.ARGUMENT if field is None else pointed(field.value)
        if isinstance(receiver, Mapping):
            return receiver.get(name, Absent.VALUE)
        return Absent.VALUE if receiver is Nil.MAP else Absent.ARGUMENT

    # Calls

    def _call(self, node: FunctionNode, given: _Given) -> object:
        function = self._functions[node.name]
        if function.refuses(len(given)):
            self._fail(f"wrong number of args for {node.name}: got {len(given)}", node.offset)
        if function is AND or function is OR:
            return self._short_circuit(given, stops_at=function is OR)
        return self._apply(function, node.name, node, given)

    def _short_circuit(self, given: _Given, *, stops_at: bool) -> object:
        value: object = Absent.VALUE
        for node in given.nodes:
            value = self._argument(node, Parameter.VALUE, given.dot)
            if is_true(value) is stops_at:
                return value
        return value if given.piped is Absent.ARGUMENT else given.piped

    def _apply(self, function: Function, name: str, node: Operand, given: _Given) -> object:
        arguments = [
            self._argument(argument, function.parameter(position), given.dot)
            for position, argument in enumerate(given.nodes)
        ]
        if given.piped is not Absent.ARGUMENT:
            arguments.append(self._checked(given.piped, function.parameter(len(arguments)), node.offset))
        try:
            value = function.code(*arguments)
            if isinstance(value, str):
                check_length(len(value))
        except (Fault, TypeError, ValueError, LookupError, ArithmeticError) as error:
            raise error_at(self._template.text, node.offset, f"error calling {name}: {error}") from error
        return value

    def _argument(self, node: Operand, parameter: Parameter, dot: object) -> object:
        if isinstance(node, NilNode):
            return self._checked(Absent.VALUE, parameter, node.offset)
        if isinstance(node, NumberNode) and parameter is Parameter.INT and node.number.integer is not None:
            return node.number.integer
        return self._checked(self._operand(node, dot), parameter, node.offset)

    def _checked(self, value: object, parameter: Parameter, offset: int) -> object:
        """Return the value as the parameter takes it."""
        if parameter is Parameter.VALUE:
            return value
        if parameter is Parameter.ANY:
            return None if value is Absent.VALUE else value
        if parameter is Parameter.STRING:
            fits = isinstance(value, str)
        elif parameter is Parameter.INT:
            fits = isinstance(value, int) and not isinstance(value, bool)
        elif value is Absent.VALUE:
            return Nil.SLICE
        else:
            is_list = isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
            fits = is_list or value is Nil.SLICE
        if not fits:
            self._fail(f"wrong type for value; expected {parameter.value}; got {self._name(value)}", offset)
        return value

    # Limits and errors

    def _step(self, offset: int) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            self._fail(f"more than {MAX_STEPS} steps", offset)

    @contextmanager
    def _deeper(self, offset: int) -> Iterator[None]:
        if self._depth >= MAX_DEPTH:
            self._fail(f"more than {MAX_DEPTH} levels of nesting", offset)
        self._depth += 1
        yield
        self._depth -= 1

    @contextmanager
    def _located(self, offset: int) -> Iterator[None]:
        try:
            yield
        except (Fault, TypeError) as fault:
            raise error_at(self._template.text, offset, str(fault)) from fault

    def _name(self, value: object) -> str:
        try:
            return "nil" if isinstance(value, Absent) else type_name(value)
        except TypeError:
            return type(value).__name__

    def _fail(self, message: str, offset: int, *, hint: str = "") -> NoReturn:
        raise error_at(self._template.text, offset, message, hint=hint)
