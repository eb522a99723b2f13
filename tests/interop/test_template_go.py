"""Templates, JSON and tables as Go itself makes them: the recorded cases once more, and generated ones."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ocitool.go_json import encode
from ocitool.go_time import Time
from ocitool.template import TemplateError, render
from ocitool.template.table import align
from tests.interop.gotemplate import strategy
from tests.unit.template.go_node import to_node
from tests.unit.template.test_golden import DATA, DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

FAILED = object()


class Go:
    """The program of gotemplate, kept running: a request a line, an answer a line."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def ask(self, **request: object) -> object:
        """Return the text that Go makes, or FAILED where it refuses."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            return FAILED
        return base64.b64decode(answer["output"] or "").decode("utf-8", "replace")


@pytest.fixture(scope="module")
def go(tool: Callable[[str], Path]) -> Iterator[Go]:
    with subprocess.Popen([tool("gotemplate")], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Go(process)
        assert process.stdin is not None
        process.stdin.close()


def ours(template: str, data: object) -> object:
    try:
        return render(template, data)
    except TemplateError:
        return FAILED


def test_golden_cases_are_what_go_says_today(go: Go) -> None:
    nodes = DOCUMENT["data"]
    said = [
        go.ask(op="render", template=case["template"], data=nodes[case["data"]]) for case in DOCUMENT["cases"]
    ]
    assert said == [FAILED if "error" in case else case["output"] for case in DOCUMENT["cases"]]


def assert_same(go: Go, template: str) -> None:
    said = go.ask(op="render", template=template, data=DOCUMENT["data"]["map"])
    assert ours(template, DATA["map"]) == said


@settings(max_examples=300, deadline=None)
@given(strategy.TEMPLATE)
def test_generated_templates(go: Go, template: str) -> None:
    assert_same(go, template)


@pytest.mark.costly
@settings(max_examples=2000, deadline=None)
@given(strategy.TEMPLATE)
def test_many_generated_templates(go: Go, template: str) -> None:
    assert_same(go, template)


@settings(max_examples=1000, deadline=None)
@given(strategy.TOKENS)
def test_generated_tokens(go: Go, template: str) -> None:
    assert_same(go, template)


@settings(max_examples=1000, deadline=None)
@given(strategy.VERB, strategy.SHALLOW)
def test_generated_verbs(go: Go, verb: str, value: object) -> None:
    assume(not strategy.is_left_out(verb, value))
    template = f"{{{{printf `{verb}|` .}}}}"
    assert ours(template, value) == go.ask(op="render", template=template, data=to_node(value))


@settings(max_examples=300, deadline=None)
@given(strategy.VALUE)
def test_generated_data(go: Go, value: object) -> None:
    node = to_node(value)
    for template in (
        "{{.}}",
        "{{json .}}",
        "{{print . .}}",
        "{{if .}}x{{end}}",
        "{{range $i, $e := .}}[{{$e}}]{{end}}",
    ):
        assert ours(template, value) == go.ask(op="render", template=template, data=node)
    for indent in ("", "    "):
        assert encode(value, indent=indent) == go.ask(op="encode", indent=indent, html=True, data=node)


@settings(max_examples=300, deadline=None)
@given(strategy.CELLS)
def test_generated_tables(go: Go, text: str) -> None:
    assert align(text) == go.ask(op="align", template=text)


@settings(max_examples=300, deadline=None)
@given(strategy.TIME, st.integers(-720, 720), strategy.LAYOUT)
def test_generated_layouts(go: Go, time: Time, minutes: int, layout: str) -> None:
    # An offset of zero that is written as +00:00 would depend on the zone of the machine.
    value = Time(time.wall, time.nanosecond, minutes * 60)
    template = f'{{{{.Format "{layout}"}}}}' + " {{.}} {{.Unix}} {{.Weekday}} {{.YearDay}}"
    assert ours(template, value) == go.ask(op="render", template=template, data=to_node(value))
