"""The import contract: which room may know which, read off the syntax trees.

An import counts wherever it stands: at the top, inside a function, under TYPE_CHECKING. One that is
deferred for the sake of start-up is welcome, as long as it points to the left like any other.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.architecture.source import Module

LAYERS: tuple[frozenset[str], ...] = tuple(
    frozenset(layer.split())
    for layer in (
        "errors frozen",
        "lock",
        "spec",
        "linux compression tar wire settings",
        "content",
        "net",
        "transports",
        "trust",
        "layers",
        "transfer",
        "images",
        "store",
        "runtime",
        "engine",
        "facade",
        "serving",
        "registry api cri",
        "ocitool",
    )
)
"""From left to right: a room may import what stands to its left, and never one of its own line."""

RANK: Mapping[str, int] = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}

TESTING = "testing"
"""`oci.testing` stands beside the line: nobody of ours imports it."""
TESTING_MAY_IMPORT = frozenset(
    {*(room for room in RANK if RANK[room] < RANK["serving"]), "serving", "registry"}
)

ROOT_NAMES = frozenset({"__version__", "DISTRIBUTION"})
"""What a room may take from `oci` itself; everything else there is the façade, which stands to its right."""

PACKAGES = ("oci", "ocitool")


@dataclass(frozen=True, kw_only=True)
class Import:
    """One imported module of ours, and where the statement stands."""

    importer: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"


def room_of(dotted: str) -> str:
    """Name the room of a module: ``oci.net.retry`` lives in ``net``, all of ``ocitool`` in ``ocitool``.

    The package ``oci`` itself belongs to the façade, whose names it hands out.
    """
    parts = dotted.split(".")
    if parts[0] == "ocitool":
        return "ocitool"
    return parts[1] if len(parts) > 1 else "facade"


def imports_of(module: Module, known: frozenset[str]) -> Iterator[Import]:
    """Yield what a module imports of ours.

    Args:
        module: The importer.
        known: The dotted names of all modules of ours: ``from .. import errors`` means the module
            ``oci.errors``, ``from .. import __version__`` an attribute of ``oci``.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            targets: Iterable[str] = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            targets = _targets_of_from(module, node, known)
        else:
            continue
        for target in targets:
            if target.split(".")[0] in PACKAGES:
                yield Import(importer=module.dotted, target=target, line=node.lineno)


def _targets_of_from(module: Module, node: ast.ImportFrom, known: frozenset[str]) -> list[str]:
    base = node.module or ""
    if node.level:
        package = module.dotted.split(".")
        strip = node.level - 1 if module.is_package else node.level
        package = package[: len(package) - strip]
        base = ".".join([*package, base] if base else package)
    targets = set()
    for alias in node.names:
        whole = f"{base}.{alias.name}"
        if whole in known:
            targets.add(whole)
        elif base != "oci" or alias.name not in ROOT_NAMES:
            targets.add(base)
    return sorted(targets)


def is_allowed(found: Import) -> bool:
    """Whether the importer's room may know the target's."""
    importer, target = room_of(found.importer), room_of(found.target)
    if importer == target:
        return True
    if importer == TESTING:
        return target in TESTING_MAY_IMPORT
    if target == TESTING or importer not in RANK or target not in RANK:
        return False
    return RANK[target] < RANK[importer]


def cycle_in(imports: Iterable[Import]) -> list[str]:
    """Find modules that import each other in a ring.

    Returns:
        The ring, its first module repeated at the end; empty when there is none.
    """
    graph: dict[str, set[str]] = {}
    for found in imports:
        graph.setdefault(found.importer, set()).add(found.target)
    finished: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in finished:
            return []
        for target in sorted(graph.get(name, ())):
            ring = visit(target, [*path, name])
            if ring:
                return ring
        finished.add(name)
        return []

    for name in sorted(graph):
        ring = visit(name, [])
        if ring:
            return ring
    return []
