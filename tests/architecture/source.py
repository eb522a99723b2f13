"""The project's own source as syntax trees: what the architecture tests read."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE_FOLDERS = {"oci": ROOT / "oci", "ocitool": ROOT / "cli" / "ocitool"}


@dataclass(frozen=True, kw_only=True)
class Module:
    """One file of Python source.

    Attributes:
        path: Where it lies.
        dotted: Its name as it is imported; a package has the name of its folder.
        is_package: Whether the file is an ``__init__.py``.
        tree: Its syntax tree.
        lines: How many lines it has.
    """

    path: Path
    dotted: str
    is_package: bool
    tree: ast.Module
    lines: int


@cache
def modules_under(*folders: str) -> tuple[Module, ...]:
    """Read every module beneath these folders of the repository, in the order of their paths."""
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return tuple(_read(path) for path in sorted(paths))


def _read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    if parts[0] == "cli":
        del parts[0]
    is_package = parts[-1] == "__init__"
    if is_package:
        del parts[-1]
    return Module(
        path=path,
        dotted=".".join(parts),
        is_package=is_package,
        tree=ast.parse(text, filename=str(path)),
        lines=len(text.splitlines()),
    )
