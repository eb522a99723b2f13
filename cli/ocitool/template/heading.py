"""The headings of a table: a row of field names, which a template is applied to as to any other row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .function import Function, Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..go_value import Method


class Heading(str):
    """A heading that has a heading for each of its fields, so that ``{{.State.Status}}`` yields STATUS."""

    __slots__ = ()
    go_type = "string"

    def go_method(self, name: str) -> Method:
        """Return what yields the heading of a field."""
        return lambda *_arguments: Heading(" ".join(words(name)).upper())


class HeadingRow:
    """The row above all others.

    Args:
        named: Headings that are not the words of the field's name, by field; put in upper case.
    """

    go_type = "map[string]string"

    def __init__(self, named: Mapping[str, str]) -> None:
        self._named = named

    def go_string(self) -> str:
        """Return the heading of a whole row, which has none."""
        return ""

    def go_method(self, name: str) -> Method:
        """Return what yields the heading of a column."""
        known = self._named.get(name)
        heading = Heading(" ".join(words(name)).upper() if known is None else known.upper())
        return lambda *_arguments: heading


def words(name: str) -> list[str]:
    """Split a camel-case name: ``ImageID`` is Image ID, ``OSVersion`` OS Version, ``Sha256`` Sha 256."""
    runs: list[str] = []
    for character in name:
        if runs and _class(runs[-1][-1]) == _class(character):
            runs[-1] += character
        else:
            runs.append(character)
    for position in range(len(runs) - 1):
        if runs[position].isupper() and runs[position + 1].islower():
            # The last of several capitals belongs to the word that follows.
            runs[position + 1] = runs[position][-1] + runs[position + 1]
            runs[position] = runs[position][:-1]
    return [run for run in runs if run]


def _class(character: str) -> int:
    if character.islower():
        return 1
    return 2 if character.isupper() else 3 if character.isdecimal() else 4


def _first(value: object, *_arguments: object) -> object:
    return value


HEADING_FUNCTIONS: Final[Mapping[str, Function]] = {
    name: Function(_first, (Parameter.ANY,), Parameter.ANY)
    for name in ("join", "json", "len", "lower", "replace", "slice", "split", "title", "truncate", "upper")
}
"""What changes a cell leaves its heading alone."""
