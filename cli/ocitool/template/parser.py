"""Makes a tree of a template's tokens, by the grammar of Go's text/template/parse/parse.go.

It checks what can be known without data: that functions and variables exist, that blocks end, that
``break`` is inside a loop, that nothing is nested deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from . import literal
from .error import Fault, error_at
from .lexer import tokens
from .limit import MAX_DEPTH, MAX_TEMPLATE_CHARS
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
    PipeNode,
    RangeNode,
    StringNode,
    Template,
    TemplateNode,
    TextNode,
    VariableNode,
)
from .token import Kind, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from .node import Body, Operand, Statement

_T = TypeVar("_T")
_OPERAND_KINDS: Final = frozenset(
    {
        *(Kind.BOOL, Kind.CHAR, Kind.DOT, Kind.FIELD, Kind.IDENTIFIER, Kind.LEFT_PAREN),
        *(Kind.NIL, Kind.NUMBER, Kind.RAW_STRING, Kind.STRING, Kind.VARIABLE),
    }
)


def parse(text: str, functions: Container[str]) -> Template:
    """Parse a template.

    Args:
        text: The template, at most `MAX_TEMPLATE_CHARS` characters.
        functions: The names of the functions it may call.

    Raises:
        TemplateError: The template is malformed, too long, or calls what it cannot.
    """
    if len(text) > MAX_TEMPLATE_CHARS:
        message = f"the template is longer than {MAX_TEMPLATE_CHARS} characters"
        raise error_at(text, MAX_TEMPLATE_CHARS, message)
    return _Parser(text, functions).template()


class _Parser:
    def __init__(self, text: str, functions: Container[str]) -> None:
        self._text = text
        self._functions = functions
        self._tokens = tuple(tokens(text))
        self._position = 0
        self._variables = ["$"]
        self._loops = 0
        self._depth = 0
        self._definitions: dict[str, Body] = {}

    def template(self) -> Template:
        statements: list[Statement] = []
        while self._peek().kind is not Kind.END_OF_TEXT:
            if self._at_keyword("define"):
                self._definition()
                continue
            if self._at_keyword("end", "else"):
                self._unexpected(self._peek_word(), "input")
            statements.append(self._statement())
        return Template(self._text, tuple(statements), self._definitions)

    def _definition(self) -> None:
        self._enter_action()
        name = self._template_name("define clause")
        self._expect(Kind.RIGHT_DELIMITER, "define clause")
        with self._new_scope():
            body = self._body()
        self._end("define clause")
        self._define(name, body)

    def _define(self, name: str, body: Body) -> None:
        if _is_empty(self._definitions.get(name, ())):
            self._definitions[name] = body
        elif not _is_empty(body):
            self._fail(f"multiple definition of template {name!r}", self._peek())

    @contextmanager
    def _new_scope(self) -> Iterator[None]:
        outer = self._variables, self._loops
        self._variables, self._loops = ["$"], 0
        yield
        self._variables, self._loops = outer

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        if self._depth >= MAX_DEPTH:
            self._fail(f"more than {MAX_DEPTH} levels of nesting", self._peek())
        self._depth += 1
        yield
        self._depth -= 1

    def _body(self) -> Body:
        """Read statements up to ``{{end}}`` or ``{{else}}``, which are left to the caller."""
        statements: list[Statement] = []
        while not self._at_keyword("end", "else"):
            if self._peek().kind is Kind.END_OF_TEXT:
                self._unexpected(self._peek(), "a block without an end")
            statements.append(self._statement())
        return tuple(statements)

    def _end(self, context: str) -> None:
        if not self._at_keyword("end"):
            self._unexpected(self._peek_word(), context)
        self._enter_action()
        self._expect(Kind.RIGHT_DELIMITER, "end")

    def _statement(self) -> Statement:
        token = self._next()
        if token.kind is Kind.TEXT:
            return TextNode(token.offset, token.text)
        word = self._peek_nonspace()
        if word.kind is not Kind.KEYWORD:
            return ActionNode(word.offset, self._pipeline("command", Kind.RIGHT_DELIMITER))
        self._next_nonspace()
        controls: dict[str, Callable[[Token], Statement]] = {
            "block": self._block,
            "break": self._jump,
            "continue": self._jump,
            "if": self._branch,
            "range": self._range,
            "template": self._invocation,
            "with": self._branch,
        }
        control = controls.get(word.text)
        if control is None:
            self._unexpected(word, "command")
        with self._deeper():
            return control(word)

    def _jump(self, word: Token) -> JumpNode:
        self._expect(Kind.RIGHT_DELIMITER, word.text)
        if not self._loops:
            self._fail(f"{{{{{word.text}}}}} outside {{{{range}}}}", word)
        return JumpNode(word.offset, word.text == "break")

    def _branch(self, word: Token) -> BranchNode:
        mark = len(self._variables)
        pipe = self._pipeline(word.text, Kind.RIGHT_DELIMITER)
        body = self._body()
        otherwise: Body | None = None
        if self._at_keyword("else"):
            self._enter_action()
            following = self._peek_nonspace()
            if following.kind is Kind.KEYWORD and following.text == word.text:
                # {{else if}} is {{else}}{{if}} that shares its {{end}}, and so is {{else with}}.
                self._next_nonspace()
                with self._deeper():
                    otherwise = (self._branch(following),)
                del self._variables[mark:]
                return BranchNode(word.offset, word.text == "with", pipe, body, otherwise)
            self._expect(Kind.RIGHT_DELIMITER, "else")
            otherwise = self._body()
        self._end(word.text)
        del self._variables[mark:]
        return BranchNode(word.offset, word.text == "with", pipe, body, otherwise)

    def _range(self, word: Token) -> RangeNode:
        mark = len(self._variables)
        pipe = self._pipeline("range", Kind.RIGHT_DELIMITER)
        self._loops += 1
        body = self._body()
        self._loops -= 1
        otherwise: Body | None = None
        if self._at_keyword("else"):
            self._enter_action()
            self._expect(Kind.RIGHT_DELIMITER, "else")
            otherwise = self._body()
        self._end("range")
        del self._variables[mark:]
        return RangeNode(word.offset, pipe, body, otherwise)

    def _block(self, word: Token) -> TemplateNode:
        name = self._template_name("block clause")
        pipe = self._pipeline("block clause", Kind.RIGHT_DELIMITER)
        with self._new_scope():
            body = self._body()
        self._end("block clause")
        self._define(name, body)
        return TemplateNode(word.offset, name, pipe)

    def _invocation(self, word: Token) -> TemplateNode:
        name = self._template_name("template clause")
        if self._peek_nonspace().kind is Kind.RIGHT_DELIMITER:
            self._next_nonspace()
            return TemplateNode(word.offset, name, None)
        return TemplateNode(word.offset, name, self._pipeline("template clause", Kind.RIGHT_DELIMITER))

    def _template_name(self, context: str) -> str:
        token = self._next_nonspace()
        if token.kind not in (Kind.STRING, Kind.RAW_STRING):
            self._unexpected(token, context)
        return self._literal(literal.unquote, token)

    def _pipeline(self, context: str, end: Kind) -> PipeNode:
        offset = self._peek_nonspace().offset
        variables, is_assignment = self._declarations(context)
        commands: list[CommandNode] = []
        while (token := self._peek_nonspace()).kind is not end:
            if token.kind not in _OPERAND_KINDS:
                self._unexpected(token, context)
            commands.append(self._command())
        if not commands:
            self._fail(f"missing value for {context}", token)
        self._next_nonspace()
        for command in commands[1:]:
            if isinstance(command.operands[0], BoolNode | DotNode | NilNode | NumberNode | StringNode):
                self._fail_at("non executable command in pipeline", command.offset)
        return PipeNode(offset, tuple(variables), is_assignment, tuple(commands))

    def _declarations(self, context: str) -> tuple[list[str], bool]:
        declared: list[str] = []
        while (variable := self._peek_nonspace()).kind is Kind.VARIABLE:
            start = self._position
            self._next_nonspace()
            following = self._peek_nonspace()
            if following.kind not in (Kind.ASSIGN, Kind.DECLARE, Kind.COMMA):
                self._position = start
                break
            self._next_nonspace()
            declared.append(variable.text)
            self._variables.append(variable.text)
            if following.kind is not Kind.COMMA:
                return declared, following.kind is Kind.ASSIGN
            if context != "range" or len(declared) > 1:
                self._fail(f"too many declarations in {context}", following)
            if self._peek_nonspace().kind is not Kind.VARIABLE:
                self._fail("range can only initialize variables", following)
        return declared, False

    def _command(self) -> CommandNode:
        offset = self._peek_nonspace().offset
        operands: list[Operand] = []
        while True:
            operand = self._operand()
            if operand is not None:
                operands.append(operand)
            token = self._peek()
            if token.kind in (Kind.RIGHT_DELIMITER, Kind.RIGHT_PAREN):
                break
            self._next()
            if token.kind is Kind.PIPE:
                break
            if token.kind is not Kind.SPACE:
                self._unexpected(token, "operand")
        if not operands:
            self._fail_at("empty command", offset)
        return CommandNode(offset, tuple(operands))

    def _operand(self) -> Operand | None:
        if self._peek_nonspace().kind not in _OPERAND_KINDS:
            return None
        term = self._term(self._next_nonspace())
        names: list[str] = []
        while self._peek().kind is Kind.FIELD:
            names.append(self._next().text[1:])
        if not names:
            return term
        if isinstance(term, FieldNode):
            return FieldNode(term.offset, (*term.names, *names))
        if isinstance(term, VariableNode):
            return VariableNode(term.offset, term.name, tuple(names))
        if isinstance(term, BoolNode | DotNode | NilNode | NumberNode | StringNode):
            self._fail_at("unexpected . after a term that has no fields", term.offset)
        return ChainNode(term.offset, term, tuple(names))

    def _term(self, token: Token) -> Operand:
        terms: dict[Kind, Callable[[Token], Operand]] = {
            Kind.BOOL: lambda t: BoolNode(t.offset, t.text == "true"),
            Kind.CHAR: lambda t: NumberNode(t.offset, self._literal(literal.character, t)),
            Kind.DOT: lambda t: DotNode(t.offset),
            Kind.FIELD: lambda t: FieldNode(t.offset, (t.text[1:],)),
            Kind.IDENTIFIER: self._function,
            Kind.LEFT_PAREN: self._parenthesized,
            Kind.NIL: lambda t: NilNode(t.offset),
            Kind.NUMBER: lambda t: NumberNode(t.offset, self._literal(literal.number, t)),
            Kind.RAW_STRING: lambda t: StringNode(t.offset, self._literal(literal.unquote, t)),
            Kind.STRING: lambda t: StringNode(t.offset, self._literal(literal.unquote, t)),
            Kind.VARIABLE: self._variable,
        }
        return terms[token.kind](token)

    def _function(self, token: Token) -> FunctionNode:
        if token.text not in self._functions:
            self._fail(f'function "{token.text}" not defined', token)
        return FunctionNode(token.offset, token.text)

    def _variable(self, token: Token) -> VariableNode:
        if token.text not in self._variables:
            self._fail(f'undefined variable "{token.text}"', token)
        return VariableNode(token.offset, token.text, ())

    def _parenthesized(self, _token: Token) -> PipeNode:
        with self._deeper():
            return self._pipeline("parenthesized pipeline", Kind.RIGHT_PAREN)

    def _literal(self, read: Callable[[str], _T], token: Token) -> _T:
        try:
            return read(token.text)
        except Fault as fault:
            raise error_at(self._text, token.offset, str(fault)) from fault

    def _peek(self) -> Token:
        return self._tokens[self._position]

    def _next(self) -> Token:
        token = self._tokens[self._position]
        self._position += token.kind is not Kind.END_OF_TEXT
        return token

    def _peek_nonspace(self) -> Token:
        while self._tokens[self._position].kind is Kind.SPACE:
            self._position += 1
        return self._tokens[self._position]

    def _next_nonspace(self) -> Token:
        self._peek_nonspace()
        return self._next()

    def _peek_word(self) -> Token:
        """Return the first token inside the action that begins here."""
        start = self._position
        self._next()
        word = self._peek_nonspace()
        self._position = start
        return word

    def _at_keyword(self, *words: str) -> bool:
        if self._peek().kind is not Kind.LEFT_DELIMITER:
            return False
        word = self._peek_word()
        return word.kind is Kind.KEYWORD and word.text in words

    def _enter_action(self) -> None:
        """Step over a left delimiter and the keyword after it."""
        self._next()
        self._next_nonspace()

    def _expect(self, kind: Kind, context: str) -> None:
        token = self._next_nonspace()
        if token.kind is not kind:
            self._unexpected(token, context)

    def _unexpected(self, token: Token, context: str) -> NoReturn:
        self._fail(f"unexpected {token} in {context}", token)

    def _fail(self, message: str, token: Token) -> NoReturn:
        self._fail_at(message, token.offset)

    def _fail_at(self, message: str, offset: int) -> NoReturn:
        raise error_at(self._text, offset, message)


def _is_empty(body: Body) -> bool:
    return all(isinstance(node, TextNode) and not node.text.strip() for node in body)
