"""Cuts a template into tokens, by the rules of Go's text/template/parse/lex.go.

It knows delimiters, trim markers, comments and the shapes of words, numbers and quoted strings; what a
number or a string means is decided in `literal`, what an order of tokens means in `parser`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from .error import error_at
from .token import KEYWORDS, Kind, Token

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEFT: Final = "{{"
_RIGHT: Final = "}}"
_SPACES: Final = " \t\r\n"
_SINGLE: Final = {
    "=": Kind.ASSIGN,
    "|": Kind.PIPE,
    "(": Kind.LEFT_PAREN,
    ")": Kind.RIGHT_PAREN,
    ",": Kind.COMMA,
}
_DIGITS: Final = "0123456789_"
_PREFIXED_DIGITS: Final = {"x": "0123456789abcdefABCDEF_", "o": "01234567_", "b": "01_"}


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a template, the last one `Kind.END_OF_TEXT`.

    Raises:
        TemplateError: An action, a comment or a quoted string does not end, or holds what it must not.
    """
    return _Lexer(text).run()


class _Lexer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._parens = 0

    def run(self) -> Iterator[Token]:
        text = self._text
        trim_left = False
        while True:
            start = self._position
            opening = text.find(_LEFT, start)
            end = len(text) if opening < 0 else opening
            trim_right = opening >= 0 and self._has_left_marker(opening + 2)
            piece = text[start:end]
            if trim_left:
                start += len(piece) - len(piece.lstrip(_SPACES))
                piece = piece.lstrip(_SPACES)
            if trim_right:
                piece = piece.rstrip(_SPACES)
            if piece:
                yield Token(Kind.TEXT, piece, start)
            if opening < 0:
                yield Token(Kind.END_OF_TEXT, "", len(text))
                return
            self._position = opening + (4 if trim_right else 2)
            if text.startswith("/*", self._position):
                self._comment()
            else:
                yield Token(Kind.LEFT_DELIMITER, _LEFT, opening)
                yield from self._action()
            trim_left = self._close()

    def _has_left_marker(self, position: int) -> bool:
        pair = self._text[position : position + 2]
        return len(pair) == 2 and pair[0] == "-" and pair[1] in _SPACES

    def _at_trimmed_right(self) -> bool:
        ahead = self._text[self._position : self._position + 4]
        return len(ahead) == 4 and ahead[0] in _SPACES and ahead[1:] == "-}}"

    def _at_right(self) -> bool:
        return self._text.startswith(_RIGHT, self._position) or self._at_trimmed_right()

    def _close(self) -> bool:
        """Step over the right delimiter, and tell whether the text after it is trimmed."""
        trimmed = self._at_trimmed_right()
        self._position += 4 if trimmed else 2
        return trimmed

    def _comment(self) -> None:
        end = self._text.find("*/", self._position + 2)
        if end < 0:
            self._fail("unclosed comment", self._position)
        self._position = end + 2
        if not self._at_right():
            self._fail("comment ends before closing delimiter", end)

    def _action(self) -> Iterator[Token]:
        self._parens = 0
        while not self._at_right():
            yield self._inside()
        if self._parens:
            self._fail("unclosed left paren", self._position)
        yield Token(Kind.RIGHT_DELIMITER, _RIGHT, self._position)

    def _inside(self) -> Token:
        start = self._position
        first = self._peek()
        if not first:
            self._fail("unclosed action", start)
        if first in _SPACES:
            return self._spaces()
        if first in "\"'`":
            return self._quoted(first)
        if first in "+-" or "0" <= first <= "9" or (first == "." and "0" <= self._peek(1) <= "9"):
            return self._number()
        if first in ".$" or _is_alphanumeric(first):
            return self._word(first)
        return self._symbol(first)

    def _spaces(self) -> Token:
        start = self._position
        while self._peek() and self._peek() in _SPACES and not self._at_trimmed_right():
            self._position += 1
        return self._token(Kind.SPACE, start)

    def _symbol(self, first: str) -> Token:
        start = self._position
        if first == ":":
            if self._peek(1) != "=":
                self._fail("expected :=", start)
            self._position += 2
            return self._token(Kind.DECLARE, start)
        if not (first.isascii() and first.isprintable()):
            self._fail(f"unrecognized character in action: U+{ord(first):04X}", start)
        self._parens += {"(": 1, ")": -1}.get(first, 0)
        if self._parens < 0:
            self._fail("unexpected right paren", start)
        self._position += 1
        return self._token(_SINGLE.get(first, Kind.PUNCTUATION), start)

    def _quoted(self, quote: str) -> Token:
        text, start = self._text, self._position
        position = start + 1
        while True:
            current = text[position : position + 1]
            if not current or (current == "\n" and quote != "`"):
                name = {'"': "quoted string", "`": "raw quoted string", "'": "character constant"}[quote]
                self._fail(f"unterminated {name}", start)
            position += 1
            if current == quote:
                break
            if current == "\\" and quote != "`" and text[position : position + 1] not in ("", "\n"):
                position += 1
        self._position = position
        return self._token({'"': Kind.STRING, "`": Kind.RAW_STRING, "'": Kind.CHAR}[quote], start)

    def _word(self, first: str) -> Token:
        start = self._position
        self._position += 1
        while _is_alphanumeric(self._peek()):
            self._position += 1
        following = self._peek()
        if (
            following
            and following not in _SPACES + ".,|:()"
            and not self._text.startswith(_RIGHT, self._position)
        ):
            self._fail(f"bad character U+{ord(following):04X} {following!r}", self._position)
        word = self._text[start : self._position]
        if first == ".":
            return self._token(Kind.FIELD if len(word) > 1 else Kind.DOT, start)
        if first == "$":
            return self._token(Kind.VARIABLE, start)
        named = {"nil": Kind.NIL, "true": Kind.BOOL, "false": Kind.BOOL}
        return self._token(Kind.KEYWORD if word in KEYWORDS else named.get(word, Kind.IDENTIFIER), start)

    def _number(self) -> Token:
        start = self._position
        self._accept("+-")
        digits = _DIGITS
        if self._accept("0"):
            prefix = self._peek().lower()
            if prefix in ("x", "o", "b"):
                digits = _PREFIXED_DIGITS[prefix]
                self._position += 1
        self._accept_run(digits)
        if self._accept("."):
            self._accept_run(digits)
        exponents = {_DIGITS: "eE", _PREFIXED_DIGITS["x"]: "pP"}.get(digits, "")
        if self._accept(exponents):
            self._accept("+-")
            self._accept_run(_DIGITS)
        if _is_alphanumeric(self._peek()) or self._peek() in ("+", "-"):
            # An "i" or a second sign would be a complex number, which nobody prints.
            self._fail(f"bad number syntax: {self._text[start : self._position + 1]!r}", start)
        return self._token(Kind.NUMBER, start)

    def _peek(self, distance: int = 0) -> str:
        position = self._position + distance
        return self._text[position : position + 1]

    def _accept(self, valid: str) -> bool:
        current = self._peek()
        accepted = current != "" and current in valid
        self._position += accepted
        return accepted

    def _accept_run(self, valid: str) -> None:
        while self._accept(valid):
            pass

    def _token(self, kind: Kind, start: int) -> Token:
        return Token(kind, self._text[start : self._position], start)

    def _fail(self, message: str, offset: int) -> NoReturn:
        raise error_at(self._text, offset, message)


def _is_alphanumeric(character: str) -> bool:
    return character == "_" or character.isalpha() or character.isdecimal()
