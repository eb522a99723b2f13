"""Imports run one way only; the contract itself is tested on small sources that break it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.contract import (
    LAYERS,
    RANK,
    TESTING,
    Import,
    cycle_in,
    imports_of,
    is_allowed,
    room_of,
)
from tests.architecture.source import Module, modules_under


def library_and_command_line() -> tuple[Module, ...]:
    return modules_under("oci", "cli")


def every_import() -> list[Import]:
    modules = library_and_command_line()
    known = frozenset(module.dotted for module in modules)
    return [found for module in modules for found in imports_of(module, known)]


def test_imports_point_to_the_left() -> None:
    assert [str(found) for found in every_import() if not is_allowed(found)] == []


def test_no_module_imports_itself_through_others() -> None:
    assert cycle_in(every_import()) == []


def test_every_room_has_its_place_in_the_contract() -> None:
    rooms = {room_of(module.dotted) for module in library_and_command_line()}
    assert rooms - set(RANK) - {TESTING} == set()


def test_no_room_stands_in_two_places() -> None:
    assert sum(len(layer) for layer in LAYERS) == len(RANK)


def test_imports_inside_a_package_are_relative() -> None:
    absolute = [
        f"{module.dotted}:{node.lineno}"
        for module in library_and_command_line()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        and module.dotted.split(".")[0] in absolute_roots(node)
    ]
    assert absolute == []


def absolute_roots(node: ast.Import | ast.ImportFrom) -> set[str]:
    """Name the top-level packages that a statement imports by their full name."""
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    return {node.module.split(".")[0]} if node.level == 0 and node.module is not None else set()


KNOWN = frozenset(
    {"oci", "oci.errors", "oci.spec", "oci.spec.digest", "oci.net", "oci.net.client", "oci.tar"}
)


def imports_in(dotted: str, text: str, *, is_package: bool = False) -> list[Import]:
    module = Module(path=Path(), dotted=dotted, is_package=is_package, tree=ast.parse(text), lines=1)
    return list(imports_of(module, KNOWN | {dotted}))


@pytest.mark.parametrize(
    ("dotted", "text", "targets"),
    [
        ("oci.net.client", "from ..spec.digest import Digest", ["oci.spec.digest"]),
        ("oci.net.client", "from ..spec import digest", ["oci.spec.digest"]),
        ("oci.net.client", "from .. import errors", ["oci.errors"]),
        ("oci.net.client", "from .. import __version__", []),
        ("oci.net.client", "from .. import inspect", ["oci"]),
        ("oci.net.client", "import oci.tar", ["oci.tar"]),
        ("oci.net.client", "def late():\n    from ..tar import Reader", ["oci.tar"]),
        ("oci.net.client", "import ssl\nfrom http import client", []),
    ],
)
def test_what_counts_as_an_import(dotted: str, text: str, targets: list[str]) -> None:
    assert [found.target for found in imports_in(dotted, text)] == targets


def test_a_package_is_the_base_of_its_own_relative_imports() -> None:
    assert [
        found.target for found in imports_in("oci.net", "from .client import Client", is_package=True)
    ] == ["oci.net.client"]


@pytest.mark.parametrize(
    ("importer", "target", "allowed"),
    [
        ("oci.net.client", "oci.spec.digest", True),
        ("oci.net.client", "oci.net.retry", True),
        ("oci.spec.digest", "oci.net.client", False),
        ("oci.tar.reader", "oci.wire.token", False),
        ("oci.registry.app", "oci.api.app", False),
        ("oci.net.client", "oci", False),
        ("oci", "oci.transfer.copy", True),
        ("oci.transfer.copy", "oci.testing.image", False),
        ("oci.testing.server", "oci.registry.app", True),
        ("oci.testing.server", "oci.cri.app", False),
        ("oci.testing.server", "ocitool.main", False),
        ("ocitool.main", "oci", True),
        ("oci.nowhere.thing", "oci.spec", False),
    ],
)
def test_who_may_import_whom(importer: str, target: str, *, allowed: bool) -> None:
    assert is_allowed(Import(importer=importer, target=target, line=1)) is allowed


def test_a_ring_is_found() -> None:
    ring = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")]
    assert cycle_in(Import(importer=one, target=two, line=1) for one, two in ring) == ["b", "c", "b"]
