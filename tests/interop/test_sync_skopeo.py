"""One file, two programs: what skopeo makes of a file for sync, and what we make of it, is the same."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from oci.testing import ScriptedRegistry, build_image, layer
from tests.integration.cli.process import ocitool
from tests.peers.server import distribution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

FILE = """
{source}:
  tls-verify: false
  images:
    team/app: ["1.0", "{digest}"]
    team/all: []
  images-by-tag-regex:
    team/pattern: ^1\\.[0-9]+$
"""
TAGS = ("1.0", "1.2", "1.10", "2.0.0", "3.0", "latest")
REPOSITORIES = ("app", "all", "pattern")


@pytest.fixture
def source(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "source") as registry:
        for repository in REPOSITORIES:
            for tag in TAGS:
                image = build_image([layer({"name": f"{repository}:{tag}".encode()})])
                registry.put(f"team/{repository}", image, tag)
        yield registry


def documents(registry: str, tool: Path) -> dict[str, str]:
    """Return the digest of every tag, as skopeo sees them."""
    found = {}
    for repository in REPOSITORIES:
        name = f"docker://{registry}/to/{repository}"
        listed = ocitool("list-tags", "--tls-verify=false", name)
        assert listed.returncode == 0, listed.stderr
        for tag in json.loads(listed.stdout)["Tags"]:
            raw = subprocess.run(
                [tool, "inspect", "--tls-verify=false", "--raw", f"{name}:{tag}"],
                capture_output=True,
                check=True,
            ).stdout
            found[f"{repository}:{tag}"] = hashlib.sha256(raw).hexdigest()
    return found


def test_a_file_leads_both_to_the_same_images(
    source: ScriptedRegistry, tool: Callable[[str], Path], tmp_path: Path
) -> None:
    skopeo = tool("skopeo")
    digest = source.layout("team/app").open("2.0.0").descriptor.digest
    path = tmp_path / "sync.yaml"
    path.write_text(FILE.format(source=source.host, digest=digest))
    arguments = ("sync", "--src", "yaml", "--dest", "docker", "--dest-tls-verify=false", str(path))
    seen = []
    for name in ("skopeo", "ocitool"):
        (tmp_path / name).mkdir()
        with distribution(tool("docker-registry"), tmp_path / name) as server:
            to = f"{server.address}/to"
            if name == "skopeo":
                command: list[str | Path] = [skopeo, "--insecure-policy", *arguments, to]
                subprocess.run(command, capture_output=True, check=True)
            else:
                done = ocitool(*arguments, to)
                assert done.returncode == 0, done.stdout + done.stderr
            seen.append(documents(server.address, skopeo))
            by_digest = [str(skopeo), "inspect", "--tls-verify=false", "--raw"]
            subprocess.run([*by_digest, f"docker://{to}/app@{digest}"], capture_output=True, check=True)
    theirs, ours = seen
    assert ours == theirs
    assert {name for name in ours if name.startswith("pattern")} == {
        "pattern:1.0",
        "pattern:1.2",
        "pattern:1.10",
    }
