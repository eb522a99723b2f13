"""httpx is for programs that bring it, or want it: one module knows it, and no command of ours loads it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from oci.testing import ScriptedRegistry, build_image, random_layer
from tests.architecture.source import Module, modules_under
from tests.loaded import loaded_by

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BRIDGE = "oci.net.httpx_bridge"


def mentions(module: Module) -> Iterator[int]:
    """Yield the lines that import httpx, or name it in code."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            names = {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {(node.module or "").rpartition(".")[2], *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Name):
            names = {node.id}
        else:
            continue
        if names & {"httpx", "httpcore", "httpx_bridge"}:
            yield node.lineno


def test_one_module_knows_httpx() -> None:
    knowing = {
        f"{module.dotted}:{line}"
        for module in modules_under("oci", "cli")
        if module.dotted != BRIDGE
        for line in mentions(module)
    }
    assert knowing == set()
    (bridge,) = (module for module in modules_under("oci") if module.dotted == BRIDGE)
    assert list(mentions(bridge))


@pytest.mark.parametrize(
    "text",
    [
        "import httpx",
        "import httpx._models",
        "from httpx import URL",
        "def late():\n    import httpx",
        "from .httpx_bridge import OfferedTransport",
        "from . import httpx_bridge",
        "value: httpx.URL",
    ],
)
def test_each_mention_is_seen(text: str, tmp_path: Path) -> None:
    tree = ast.parse(text)
    module = Module(path=tmp_path, dotted="oci.net.x", is_package=False, tree=tree, lines=1)
    assert list(mentions(module))


def test_no_command_loads_it(tmp_path: Path) -> None:
    with ScriptedRegistry(tmp_path / "registry") as registry:
        registry.put("app", build_image([random_layer(1000, seed=1)]), "1")
        image = f"docker://{registry.host}/app:1"
        plain = ("--src-tls-verify=false", "--dest-tls-verify=false")
        for words in (
            ("inspect", "--tls-verify=false", image),
            ("--insecure-policy", "copy", "--quiet", *plain, image, image.replace("app", "copy")),
            ("--insecure-policy", "copy", "--quiet", *plain, image, f"oci:{tmp_path}/layout:1"),
        ):
            loaded = loaded_by("-m", "ocitool", *words)
            assert "oci.net.transport" in loaded
            packages = {name.partition(".")[0] for name in loaded}
            assert packages.isdisjoint({"httpx", "httpcore", "anyio", "certifi", "idna", "email", "logging"})
            assert loaded.isdisjoint({"http.client", "urllib.request", "asyncio", "oci.net.httpx_bridge"})
            # Nor what only TLS needs.
            assert loaded.isdisjoint({"ssl", "oci.net.tls", "oci.net.tls_channel"})
