"""The commands of the guide's page on container engines, with podman's service as the engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oci.testing import ScriptedRegistry
from tests.interop.material import IMAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.interop.podman import Podman

pytestmark = pytest.mark.interop

PAGE = Path(__file__).parents[2] / "docs/guide/transport-engine.md"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as running:
        running.put("app", IMAGE, "1.0")
        yield running


@pytest.fixture
def run(registry: ScriptedRegistry, podman: Podman, tmp_path: Path) -> Callable[[str], str]:
    """Return a function that runs a line of the page here and returns what it printed."""
    settings = tmp_path / "registries.conf"
    settings.write_text(f'[[registry]]\nlocation = "{registry.host}"\ninsecure = true\n')
    environ = {
        "PATH": f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "CONTAINERS_REGISTRIES_CONF": str(settings),
        "DOCKER_HOST": podman.host,
    }

    def run(line: str) -> str:
        # There is one engine here, and one registry.
        line = re.sub(r"(?:unix|tcp)://[^\s]+", podman.host, line)
        line = line.replace("registry.example/", f"{registry.host}/")
        done = subprocess.run(
            ["sh", "-ec", line],
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
        return done.stdout

    return run


def test_the_commands_of_the_page_do_what_it_says(
    run: Callable[[str], str], podman: Podman, tmp_path: Path
) -> None:
    (block,) = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    there, back, listing, inspection, *rest = block.splitlines()
    run(there)
    assert podman.image("app:1.0")["Id"] == IMAGE.leaves[0].descriptor.digest.encoded
    run(back)
    assert (tmp_path / "app" / "index.json").exists()
    assert "app:1.0" in " ".join(json.loads(run(listing))["Tags"])
    assert json.loads(run(inspection))["Architecture"] == "amd64"
    podman.run("tag", "app:1.0", "docker.io/library/app:latest")
    for line in rest:
        run(line)
    podman.run("rmi", "app:1.0", "docker.io/library/app:latest")
