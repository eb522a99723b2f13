"""Each template yields what Go yields, and fails where Go fails (fixtures/go-template)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ocitool.template import TemplateError, render
from tests.unit.template.go_node import from_node

GOLDEN = Path(__file__).resolve().parents[3] / "fixtures" / "go-template" / "golden.json"
DOCUMENT: dict[str, Any] = json.loads(GOLDEN.read_text())
DATA = {name: from_node(node) for name, node in DOCUMENT["data"].items()}


@pytest.mark.parametrize(
    "case", DOCUMENT["cases"], ids=lambda case: f"{case['data']}:{case['template']}"[:60]
)
def test_template_renders_as_go_renders_it(case: dict[str, str]) -> None:
    if "error" in case:
        with pytest.raises(TemplateError):
            render(case["template"], DATA[case["data"]])
    else:
        assert render(case["template"], DATA[case["data"]]) == case["output"]
