"""Sizes: a file is one subject, a function one thought.

The hard limits fail; the figures that tell where the house is heading are printed (``pytest -s``).
"""

from __future__ import annotations

import ast
from statistics import median, quantiles
from typing import TYPE_CHECKING

from tests.architecture.source import ROOT, modules_under

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.architecture.source import Module

FILE_LINES = 500
FUNCTION_LINES = 60
FORBIDDEN_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "misc"})
SOURCE_ROOTS = ("oci", "cli", "tests")


def function_lengths(module: Module) -> Iterator[tuple[str, int]]:
    """Yield the name and the length in lines of each function, its docstring left out."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            length = node.end_lineno - node.lineno + 1
            first = node.body[0]
            if ast.get_docstring(node, clean=False) is not None:
                assert first.end_lineno is not None
                length -= first.end_lineno - first.lineno + 1
            yield f"{module.path.relative_to(ROOT)}:{node.lineno} {node.name}", length


def test_no_file_is_longer_than_the_limit() -> None:
    lines = {str(module.path.relative_to(ROOT)): module.lines for module in modules_under(*SOURCE_ROOTS)}
    counts = lines.values()
    print(f"\nlines of {len(counts)} files: median {median(counts):.0f}, longest {max(counts)}")
    assert {name: count for name, count in lines.items() if count > FILE_LINES} == {}


def test_no_function_is_longer_than_the_limit() -> None:
    lengths = dict(pair for module in modules_under(*SOURCE_ROOTS) for pair in function_lengths(module))
    ninth = quantiles(lengths.values(), n=10)[-1]
    print(f"\nlines of {len(lengths)} functions: median {median(lengths.values()):.0f}, p90 {ninth:.0f}")
    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = {
        str(module.path.relative_to(ROOT)): FORBIDDEN_NAMES.intersection(module.dotted.split("."))
        for module in modules_under(*SOURCE_ROOTS)
    }
    assert {name: words for name, words in named.items() if words} == {}
