"""What a --format yields for rows: lines, tables, headings; the rules of containers/common, pkg/report."""

from __future__ import annotations

import pytest

from ocitool.go_value import Field, Nil, Struct
from ocitool.template import TemplateError, is_json, render, render_table
from ocitool.template.heading import words
from ocitool.template.table import align

ROWS = [
    {"ID": "c061a0839e", "Value": "one", "Tags": ["a", "b"]},
    {"ID": "f10fc2e11057", "Value": "two", "Tags": []},
    {"ID": "1eb6fab5aa8f4b5cbfd3e66aa35e9b2a", "Value": "three", "Tags": ["c"]},
]


@pytest.mark.parametrize(
    ("format_text", "expected"),
    [
        ("{{.ID}}", "c061a0839e\nf10fc2e11057\n1eb6fab5aa8f4b5cbfd3e66aa35e9b2a\n"),
        ("{{.Value}}\n", "one\ntwo\nthree\n"),
        (r"{{.Value}}\tx\n", "one\tx\ntwo\tx\nthree\tx\n"),
        ("a b {{.Value}}", "a b one\na b two\na b three\n"),
        ("{{range .}}{{.Value}}{{end}}", "onetwothree\n"),
        ("{{ range . }}{{.Value}}{{ end -}}", "onetwothree"),
        (r"{{range .}}{{.Value}}\n{{end}}", "one\ntwo\nthree\n\n"),
        ("{{json .Tags}}", '["a","b"]\n[]\n["c"]\n'),
        # A newline within a string breaks the template once replaced, so the format is taken as it is.
        (r'{{join .Tags "\n"}};', "a\nb;;c;"),
        (r'{{range .}}{{printf "\n"}}{{end -}}', "\n\n\n"),
        # A tab within a string does not break it.
        (r'{{join .Tags "\t"}}', "a\tb\n\nc\n"),
    ],
)
def test_lines(format_text: str, expected: str) -> None:
    assert render_table(format_text, ROWS) == expected


@pytest.mark.parametrize(
    ("format_text", "expected"),
    [
        ("table {{.Value}}", "VALUE\none\ntwo\nthree\n"),
        (
            r"table {{.ID}}\t{{.Value}}",
            (
                "ID                                VALUE\n"
                "c061a0839e                        one\n"
                "f10fc2e11057                      two\n"
                "1eb6fab5aa8f4b5cbfd3e66aa35e9b2a  three\n"
            ),
        ),
        (
            "table {{.Value}} {{.Value}}\n",
            "VALUE       VALUE\none         one\ntwo         two\nthree       three\n",
        ),
        # The space within the string is no column.
        (
            'table {{join .Tags ", "}} {{upper .Value}}',
            "TAGS        VALUE\na, b        ONE\n            TWO\nc           THREE\n",
        ),
    ],
)
def test_table(format_text: str, expected: str) -> None:
    assert render_table(format_text, ROWS) == expected


def test_headings_are_words_unless_they_are_given() -> None:
    rows = [Struct("r", (Field("ImageID", "x"), Field("Created", "y"), Field("State", Nil.MAP)))]
    table = render_table(
        r"table {{.ImageID}}\t{{truncate .Created 7}}\t{{.State.FinishedAt}}",
        rows,
        headings={"Created": "made at"},
    )
    assert table.splitlines()[0] == "IMAGE ID    MADE AT     FINISHED AT"


def test_table_without_rows_has_its_headings() -> None:
    assert render_table("table {{.Name}}", []) == "NAME\n"


def test_mistake_in_a_field_is_an_error_for_a_struct() -> None:
    with pytest.raises(TemplateError):
        render_table("{{.Nope}}", [Struct("r", (Field("Name", "x"),))])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", []),
        ("Name", ["Name"]),
        ("ImageID", ["Image", "ID"]),
        ("PDFLoader", ["PDF", "Loader"]),
        ("AString", ["A", "String"]),
        ("GL11Version", ["GL", "11", "Version"]),
        ("BFG9000", ["BFG", "9000"]),
        ("vimRPCPlugin", ["vim", "RPC", "Plugin"]),
        ("two_parts", ["two", "_", "parts"]),
    ],
)
def test_words(name: str, expected: list[str]) -> None:
    assert words(name) == expected


@pytest.mark.parametrize(
    ("format_text", "expected"),
    [
        *[(text, True) for text in ("json", " json ", "{{json}}", "{{json }}", "{{json.}}", "{{ json. }}")],
        *[(text, False) for text in ("", "{{json .}}", "{{ json . }}", "json .", "{{.ID}} json", "jsonx")],
    ],
)
def test_word_for_json(format_text: str, expected: bool) -> None:
    assert is_json(format_text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("a\n", "a\n"),
        ("a\tb\n", "a           b\n"),
        ("日本語\tb\nx\ty\n", "日本語         b\nx           y\n"),
        ("long long long\tb\n\nx\ty\n", "long long long  b\n\nx           y\n"),
        ("a\tb\tc\nd\te\n", "a           b           c\nd           e\n"),
        ("a\t\n", "a           \n"),
        ("a\t", "a"),
        ("long long long\tb\fx\ty", "long long long  b\nx           y"),
    ],
)
def test_align(text: str, expected: str) -> None:
    assert align(text) == expected


def test_functions_of_the_caller_come_first() -> None:
    functions = {"upper": lambda text: f"<{text}>", "twice": lambda number: number * 2}
    assert render("{{upper .}}{{twice 2}}", "x", functions=functions) == "<x>4"


def test_failing_function_of_the_caller_is_an_error_with_a_place() -> None:
    with pytest.raises(TemplateError) as caught:
        render(" {{fail 1 2}}", "x", functions={"fail": lambda one: one})
    assert caught.value.column == 4
    assert isinstance(caught.value.__cause__, TypeError)
