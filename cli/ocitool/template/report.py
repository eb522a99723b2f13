r"""What ``--format`` means where rows are listed: one line per row, or a table, as podman and skopeo have it.

The rules are those of containers/common, pkg/report: the two characters ``\t`` and ``\n`` outside of
actions stand for a tab and a newline, a format without a loop of its own over the rows is applied to each
of them, a newline ends it, and ``table `` in front aligns the columns beneath headings, with each space
between columns as good as a tab.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .builtin import FUNCTIONS
from .error import TemplateError
from .evaluator import Evaluator
from .function import Function, Parameter
from .heading import HEADING_FUNCTIONS, HeadingRow
from .parser import parse
from .table import align

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .function import Code
    from .node import Template

_TABLE: Final = "table "
_PATTERNS: Final = {
    "json": r"\s*(json|\{\{\s*json\.?\s*\}\})\s*",
    "range": r"\{\{-?\s*range\s*\.\s*-?\}\}.*\{\{-?\s*end\s*-?\s*\}\}",
    "action": r"(\{\{.*?\}\})",
}


def render(template_text: str, data: object, *, functions: Mapping[str, Code] | None = None) -> str:
    """Apply a template to data, as Go's text/template does.

    Args:
        template_text: The template.
        data: Plain data, or the values of `ocitool.go_value` and `ocitool.go_time`.
        functions: Further functions, which take any values; they come before those of the same name here.

    Returns:
        The text; bytes that are not UTF-8 become U+FFFD.

    Raises:
        TemplateError: The template is malformed or does not fit the data.
    """
    available = _with(functions)
    return _printable(Evaluator(parse(template_text, available), available).run(data))


def render_table(
    format_text: str,
    rows: Sequence[object],
    *,
    headings: Mapping[str, str] | None = None,
    functions: Mapping[str, Code] | None = None,
) -> str:
    """Apply a ``--format`` to rows; for a single object, as ``inspect`` has one, give a list of one.

    Args:
        format_text: The format; with ``table `` in front it yields a table.
        rows: The rows, each like the data of `render`.
        headings: Headings of a table that are not the words of the field's name, by field.
        functions: As for `render`.

    Returns:
        The text, the last newline included.

    Raises:
        TemplateError: The format is malformed or does not fit the rows.
    """
    available = _with(functions)
    is_table = format_text.startswith(_TABLE)
    template = _parse(format_text.removeprefix(_TABLE), is_table, available)
    text = Evaluator(template, available).run(list(rows))
    if not is_table:
        return _printable(text)
    above = Evaluator(template, {**available, **HEADING_FUNCTIONS}).run([HeadingRow(headings or {})])
    return _printable(align(above + text))


def is_json(format_text: str) -> bool:
    """Tell whether a format asks for JSON without a template: ``json``, ``{{json}}``, ``{{json.}}``."""
    return re.fullmatch(_PATTERNS["json"], format_text) is not None


def _parse(text: str, is_table: bool, functions: Mapping[str, Function]) -> Template:
    r"""Parse a format with its escapes replaced, or as it is where that breaks it.

    ``{{join .Env "\n"}}`` breaks: the string would hold a newline. The original then takes the whole format
    as it is, newline at the end left out, and scripts rely on it.
    """
    normal = text.replace("\\t", "\t").replace("\\n", "\n")
    if is_table:
        normal = _spaces_as_tabs(normal)
    if not normal.endswith("\n"):
        normal += "\n"
    try:
        return parse(_looped(normal, is_table), functions)
    except TemplateError:
        return parse(_looped(text, is_table), functions)


def _spaces_as_tabs(text: str) -> str:
    # Every second piece is an action, whose spaces may stand inside of strings.
    pieces = re.split(_PATTERNS["action"], text, flags=re.DOTALL)
    return "".join(piece if number % 2 else piece.replace(" ", "\t") for number, piece in enumerate(pieces))


def _looped(text: str, is_table: bool) -> str:
    if not is_table and re.search(_PATTERNS["range"], text, re.DOTALL):
        return text
    return "{{range .}}" + text + "{{end -}}"


def _with(functions: Mapping[str, Code] | None) -> dict[str, Function]:
    further = {name: Function(code, (), Parameter.ANY) for name, code in (functions or {}).items()}
    return {**FUNCTIONS, **further}


def _printable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text
