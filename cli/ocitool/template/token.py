"""The tokens of a template, as the lexer finds them and the parser reads them."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from oci.frozen import frozen


class Kind(Enum):
    """What a token is."""

    ASSIGN = auto()
    BOOL = auto()
    CHAR = auto()
    COMMA = auto()
    DECLARE = auto()
    DOT = auto()
    END_OF_TEXT = auto()
    FIELD = auto()
    IDENTIFIER = auto()
    KEYWORD = auto()
    LEFT_DELIMITER = auto()
    LEFT_PAREN = auto()
    NIL = auto()
    NUMBER = auto()
    PIPE = auto()
    PUNCTUATION = auto()
    RAW_STRING = auto()
    RIGHT_DELIMITER = auto()
    RIGHT_PAREN = auto()
    SPACE = auto()
    STRING = auto()
    TEXT = auto()
    VARIABLE = auto()


KEYWORDS: Final = frozenset(
    {"block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"}
)


@frozen
class Token:
    """A piece of the template's text.

    Args:
        kind: What it is.
        text: The piece itself, quotes included.
        offset: Where it begins, in characters.
    """

    kind: Kind
    text: str
    offset: int

    def __str__(self) -> str:
        if self.kind is Kind.END_OF_TEXT:
            return "end of template"
        shown = self.text if len(self.text) <= 20 else self.text[:20] + "..."
        return f'"{shown}"'
