"""The page about signatures that lie is what the fixtures and tests are."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from docs.evidence.defects import ASKED, PAGE, defects, page

ROOT = Path(__file__).parents[3]
TESTS = sorted({each.test for each in defects()})


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m docs.evidence.defects --write"


@pytest.mark.parametrize("test", TESTS)
def test_each_test_that_it_names_is_there(test: str) -> None:
    file, _, function = test.partition("::")
    tree = ast.parse((ROOT / file).read_bytes())
    there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert not function or function in there
    folders = {each.fixture for each in defects() if each.test == test and each.fixture}
    assert all(folder in (ROOT / file).read_text(encoding="utf-8") for folder in folders)


def test_no_defect_of_a_family_is_there_twice() -> None:
    names = [(each.family, each.name, each.fixture) for each in defects()]
    assert len(names) == len(set(names))


def test_what_has_to_be_tried_at_least_is() -> None:
    names = {each.name for each in defects()}
    assert {name for tried in ASKED.values() for name in tried} <= names
    assert all(ASKED.values())
