"""The library prints nothing, never exits, and reads the host in one place only."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import ROOT, modules_under

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = ROOT / "oci" / "settings" / "host.py"
TESTING = ROOT / "oci" / "testing"

FORBIDDEN_NAMES = frozenset({"print", "input", "exit", "quit", "SystemExit", "breakpoint"})
FORBIDDEN_ATTRIBUTES = frozenset(
    {"sys.exit", "os._exit", "os.abort", "sys.stdout", "sys.stdin", "sys.stderr", "sys.argv"}
)
READS_THE_HOST = frozenset(
    {"os.environ", "os.environb", "os.getenv", "os.path.expanduser", "Path.home", "os.getlogin"}
)
# Called, not named: `clock: Callable[[], float] = time.time` is how a clock is injected.
FORBIDDEN_CALLS = frozenset(
    {
        "time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.datetime.now",
        "datetime.datetime.utcnow", "date.today", "datetime.date.today",
        "random.random", "random.uniform", "random.randint", "random.choice",
        "random.shuffle", "random.randrange", "random.expovariate", "random.gauss",
    }
)  # fmt: skip


def deeds(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of everything in a module that library code has no business doing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in FORBIDDEN_NAMES:
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            dotted = ast.unparse(node)
            if dotted in FORBIDDEN_ATTRIBUTES | READS_THE_HOST or node.attr == "expanduser":
                yield node.lineno, dotted
        elif isinstance(node, ast.ImportFrom) and node.module in {"os", "sys", "time", "random"}:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            for name in names & (FORBIDDEN_ATTRIBUTES | READS_THE_HOST | FORBIDDEN_CALLS):
                yield node.lineno, name
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in FORBIDDEN_CALLS:
            yield node.lineno, f"{ast.unparse(node.func)}()"


def test_the_library_leaves_host_and_terminal_alone() -> None:
    found = [
        f"{module.path.relative_to(ROOT)}:{line} {name}"
        for module in modules_under("oci")
        if not module.path.is_relative_to(TESTING)
        for line, name in deeds(module.tree)
        if not (module.path == HOST and name in READS_THE_HOST)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "import os\nhome = os.environ['HOME']",
        "from os import environ",
        "def run():\n    print('x')",
        "import sys\nsys.exit(1)",
        "raise SystemExit",
        "import time\nnow = time.time()",
        "from pathlib import Path\nfolder = Path('~').expanduser()",
    ],
)
def test_each_deed_is_seen(text: str) -> None:
    assert list(deeds(ast.parse(text)))


def test_an_injected_clock_is_no_deed() -> None:
    assert list(deeds(ast.parse("import time\ndef wait(clock=time.time):\n    return clock()"))) == []
