"""Errors say where, and the limits hold: at the limit all is well, one beyond it is refused."""

from __future__ import annotations

import pytest

from oci.errors import OciError
from ocitool.go_value import Field, Struct
from ocitool.template import TemplateError, limit, render


def refuse(template: str, data: object = None) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        render(template, data)
    return caught.value


def test_error_is_one_of_the_tree() -> None:
    assert isinstance(refuse("{{"), OciError)


@pytest.mark.parametrize(
    ("template", "line", "column"),
    [
        ("{{nope}}", 1, 3),
        ("one\ntwo {{.A.B}}", 2, 7),
        ("é{{index .L 9}}", 1, 4),
        ("{{if true}}", 1, 12),
        ("a\n\n{{/* never closed", 3, 3),
        ('{{ "open }}', 1, 4),
    ],
)
def test_place_is_line_and_character(template: str, line: int, column: int) -> None:
    error = refuse(template, {"A": 1, "L": []})
    assert (error.line, error.column) == (line, column)


def test_missing_field_names_the_fields_there_are() -> None:
    data = Struct("image", (Field("Name", "n"), Field("Os", "linux")))
    assert ".Name, .Os" in refuse("{{.Nmae}}", data).hint


def test_template_length() -> None:
    assert render("x" * limit.MAX_TEMPLATE_CHARS, None)
    refuse("x" * (limit.MAX_TEMPLATE_CHARS + 1))


@pytest.mark.parametrize(
    ("opening", "middle", "closing"),
    [("{{if true}}", "x", "{{end}}"), ("{{range 1}}", "x", "{{end}}"), ("{{if 0}}{{else}}", "x", "{{end}}")],
)
def test_depth_of_blocks(opening: str, middle: str, closing: str) -> None:
    deepest = limit.MAX_DEPTH - 1
    assert render(opening * deepest + middle + closing * deepest, None) == "x"
    refuse(opening * (limit.MAX_DEPTH + 1) + middle + closing * (limit.MAX_DEPTH + 1))


def test_depth_of_parentheses_and_chains_of_else_if() -> None:
    deepest = limit.MAX_DEPTH - 1
    assert render("{{" + "(" * deepest + "1" + ")" * deepest + "}}", None) == "1"
    refuse("{{" + "(" * (limit.MAX_DEPTH + 1) + "1" + ")" * (limit.MAX_DEPTH + 1) + "}}")
    refuse("{{if 0}}" + "{{else if 0}}" * limit.MAX_DEPTH + "{{end}}")


def test_template_that_invokes_itself() -> None:
    assert "nesting" in str(refuse('{{define "x"}}{{template "x"}}{{end}}{{template "x"}}'))


def test_nested_loops_end() -> None:
    assert "steps" in str(refuse("{{range 100000}}{{range 100000}}{{end}}{{end}}"))


@pytest.mark.parametrize(
    "template",
    [
        '{{range 100}}{{printf "%1000000d" 1}}{{end}}',
        '{{printf "%s" (printf "' + "%1000000[1]d" * 20 + '" 1)}}',
        '{{$x := "xxxxxxxxxxxxxxxx"}}{{range 40}}{{$x = print $x $x}}{{end}}',
        '{{$x := "xxxxxxxxxxxxxxxx"}}{{range 40}}{{$x = replace $x "x" $x}}{{end}}',
        '{{pad "x" 1000000000000 1}}',
        '{{$s := printf "%1000000d" 1}}{{join (split (printf "%1000d" 1) "") $s}}',
        '{{printf "%900000v" .}}',
    ],
)
def test_output(template: str) -> None:
    assert "larger" in str(refuse(template, [1] * 1000))


def test_data_that_holds_itself() -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    refuse("{{.}}", cycle)
    refuse("{{json .}}", cycle)


@pytest.mark.parametrize(
    "template", ['{{printf "%p" .}}', '{{printf "%w" .}}', '{{printf "%x" 1.5}}', "{{1i}}", "{{call .}}"]
)
def test_what_is_left_out_is_refused(template: str) -> None:
    refuse(template, "x")


@pytest.mark.parametrize("data", [object(), {1: "x"}, b"bytes", [{"a"}]])
def test_data_without_a_go_counterpart_is_refused(data: object) -> None:
    refuse("{{.}}", data)
    refuse("{{json .}}", data)
