"""Properties of templates, of Go's JSON and of tables that hold for any input."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ocitool.go_json import encode
from ocitool.go_time import Time
from ocitool.template import TemplateError, render, render_table
from ocitool.template.quote import quote
from ocitool.template.table import align

if TYPE_CHECKING:
    from datetime import datetime

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)
PIECES = (
    *(
        "{{",
        "}}",
        "{{- ",
        " -}}",
        " ",
        ".",
        ".A",
        ".B.C",
        "$",
        "$x",
        ":=",
        "=",
        "|",
        "(",
        ")",
        '"a"',
        "`b`",
        "'c'",
    ),
    *(
        "1",
        "-2.5",
        "nil",
        "true",
        "if ",
        "range ",
        "with ",
        "end",
        "else",
        "break",
        'define "t"',
        'template "t" ',
    ),
    *(
        "{{end}}",
        "{{else}}",
        "print",
        'printf "%5.2v|%[2]*q" ',
        "index ",
        "slice ",
        "eq ",
        "and ",
        "text",
        "\n",
    ),
    *("/*", "*/", "{{range $i, $e := .}}", "{{if .A}}", "é", "\x00", "@", "json ", "len ", "join ", "lt "),
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), JSON)
def test_any_template_renders_or_is_refused(template: str, data: object) -> None:
    try:
        text = render(template, data)
    except TemplateError as error:
        assert error.line >= 1
        assert error.column >= 1
    else:
        text.encode()


@given(st.text(), JSON)
def test_any_format_renders_or_is_refused(template: str, data: object) -> None:
    try:
        render_table(template, [data])
        render_table(f"table {{{{.A}}}} {template}", [data])
    except TemplateError:
        pass


@given(st.text().filter(lambda text: "{{" not in text))
def test_text_stands_for_itself(text: str) -> None:
    assert render(text, None) == text


@given(st.text())
def test_quoted_string_stands_for_the_string(text: str) -> None:
    assert render("{{" + quote(text) + "}}", None) == text
    assert render("{{" + quote(text, ascii_only=True) + "}}", None) == text
    assert render('{{printf "%q" .}}', text) == quote(text)


@given(JSON)
def test_json_means_what_it_meant(value: object) -> None:
    # Go writes a float without a point where it has a whole value, so all numbers are read as floats.
    for text in (encode(value), encode(value, indent="  "), render("{{json .}}", value)):
        assert json.loads(text, parse_int=float) == _floated(value)


def _floated(value: object) -> object:
    if isinstance(value, list):
        return [_floated(item) for item in value]
    if isinstance(value, dict):
        return {key: _floated(item) for key, item in value.items()}
    return float(value) if type(value) is int else value


@given(JSON)
def test_escaped_json_has_no_markup(value: object) -> None:
    assert not set("<>&\u2028\u2029") & set(encode(value))


CELLS = st.text(st.characters(categories=["L", "N"]), min_size=1)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=5)))
def test_columns_stand_in_line(rows: list[list[str]]) -> None:
    lines = align("".join("\t".join(row) + "\n" for row in rows)).split("\n")[:-1]
    assert [line.split() for line in lines] == rows
    starts = [[cell.start() for cell in re.finditer(r"\S+", line)] for line in lines]
    for above, below in pairwise(starts):
        shared = min(len(above), len(below))
        assert above[:shared] == below[:shared]


@given(st.datetimes(), st.integers(0, 999_999_999), st.integers(-23 * 60, 23 * 60))
def test_time_survives_its_text(wall: datetime, nanosecond: int, minutes: int) -> None:
    time = Time.parse(f"{wall.replace(microsecond=0).isoformat()}.{nanosecond:09}Z")
    shifted = Time(time.wall, nanosecond, minutes * 60)
    assert Time.parse(shifted.rfc3339()) == shifted
