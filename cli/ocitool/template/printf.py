"""Print, Println and Printf of Go's fmt: strings out of values, and the reading of format strings.

Mistakes in a format do not fail: as in Go they show in the text, as ``%!d(string=a)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..go_value import type_name
from .display import show
from .limit import MAX_WIDTH, check_length
from .numeral import Spec

if TYPE_CHECKING:
    from collections.abc import Sequence

_FLAGS = {"#": "sharp", "0": "zero", "+": "plus", "-": "minus", " ": "space"}


def sprint(values: Sequence[object]) -> str:
    """Join the values' texts, with a space between two that are not strings."""
    parts: list[str] = []
    previous_is_text = True
    for value in values:
        is_text = isinstance(value, str)
        if not is_text and not previous_is_text:
            parts.append(" ")
        parts.append(show(value))
        previous_is_text = is_text
    return "".join(parts)


def sprintln(values: Sequence[object]) -> str:
    """Join the values' texts with spaces, and end the line."""
    return " ".join(show(value) for value in values) + "\n"


def sprintf(template: str, values: Sequence[object]) -> str:
    """Fill the values into a format string.

    Raises:
        Fault: A verb that is not supported, or a text that is too long.
    """
    return _Printf(template, values).run()


class _Printf:
    def __init__(self, template: str, values: Sequence[object]) -> None:
        self._template = template
        self._values = values
        self._position = 0
        self._argument = 0
        self._reordered = False
        self._index_is_good = True
        self._after_index = False
        self._parts: list[str] = []
        self._length = 0

    def run(self) -> str:
        template = self._template
        while self._position < len(template):
            percent = template.find("%", self._position)
            end = len(template) if percent < 0 else percent
            self._write(template[self._position : end])
            self._position = end + 1
            if percent >= 0:
                self._directive()
        if not self._reordered and self._argument < len(self._values):
            self._write(f"%!(EXTRA {', '.join(map(_described, self._values[self._argument :]))})")
        return "".join(self._parts)

    def _write(self, text: str) -> None:
        self._length += len(text)
        check_length(self._length)
        self._parts.append(text)

    def _directive(self) -> None:
        self._index_is_good = True
        self._after_index = False
        spec = Spec()
        while (flag := _FLAGS.get(self._peek())) is not None:
            setattr(spec, flag, True)
            self._position += 1
        self._index()
        self._width(spec)
        self._precision(spec)
        if not self._after_index:
            self._index()
        verb = self._peek()
        if not verb:
            self._write("%!(NOVERB)")
            return
        self._position += 1
        self._verb(verb, spec)

    def _verb(self, verb: str, spec: Spec) -> None:
        if verb == "%":
            self._write("%")
        elif not self._index_is_good:
            self._write(f"%!{verb}(BADINDEX)")
        elif self._argument >= len(self._values):
            self._write(f"%!{verb}(MISSING)")
        else:
            if verb == "v":
                spec.is_source, spec.sharp = spec.sharp, False
                spec.names_fields, spec.plus = spec.plus, False
            self._write(show(self._values[self._argument], verb, spec))
            self._argument += 1

    def _width(self, spec: Spec) -> None:
        if self._peek() != "*":
            spec.width = self._number()
            if self._after_index and spec.width is not None:
                self._index_is_good = False
            return
        self._position += 1
        spec.width = self._integer_argument()
        if spec.width is None:
            self._write("%!(BADWIDTH)")
        elif spec.width < 0:
            spec.width, spec.minus, spec.zero = -spec.width, True, False
        self._after_index = False

    def _precision(self, spec: Spec) -> None:
        if self._peek() != "." or self._position + 1 >= len(self._template):
            return
        self._position += 1
        if self._after_index:
            self._index_is_good = False
        self._after_index = False
        self._index()
        if self._peek() != "*":
            spec.precision = self._number() or 0
            return
        self._position += 1
        spec.precision = self._integer_argument()
        if spec.precision is not None and spec.precision < 0:
            spec.precision = None
        if spec.precision is None:
            self._write("%!(BADPREC)")
        self._after_index = False

    def _index(self) -> None:
        """Read an explicit argument index, such as ``[2]``, if there is one here."""
        if self._peek() != "[":
            return
        self._reordered = True
        end = self._template.find("]", self._position)
        if end < 0:
            self._index_is_good = False
            self._position += 1
            return
        digits = self._template[self._position + 1 : end]
        self._position = end + 1
        number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 8 else 0
        self._after_index = number > 0
        if 1 <= number <= len(self._values):
            self._argument = number - 1
        else:
            self._index_is_good = False

    def _number(self) -> int | None:
        start = self._position
        while "0" <= self._peek() <= "9":
            self._position += 1
        digits = self._template[start : self._position]
        if digits and len(digits) < 9 and int(digits) <= MAX_WIDTH * 10:
            return int(digits)
        if digits:
            self._position = len(self._template)
        return None

    def _integer_argument(self) -> int | None:
        value = self._values[self._argument] if self._argument < len(self._values) else None
        self._argument += self._argument < len(self._values)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_WIDTH:
            return None
        return value

    def _peek(self) -> str:
        return self._template[self._position : self._position + 1]


def _described(value: object) -> str:
    return "<nil>" if value is None else f"{type_name(value)}={show(value)}"
