"""``ocitool`` beside skopeo on the same registry: the same copies, digests and logins."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oci.testing import ScriptedRegistry, basic_login
from tests.integration.cli.process import ocitool
from tests.interop.material import FULL, INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.interop

PLAIN = "--tls-verify=false"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedRegistry]:
    """Return a registry with an image and an index."""
    with ScriptedRegistry(tmp_path_factory.mktemp("registry")) as running:
        running.put("team/app", FULL, "full")
        running.put("team/app", INDEX, "index")
        yield running


@pytest.fixture
def skopeo(tool: Callable[[str], Path]) -> Callable[..., str]:
    """Return a function that runs skopeo and returns what it prints."""
    program = tool("skopeo")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [program, "--insecure-policy", "--override-arch", "amd64", *arguments],
            capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return done.stdout

    return run


def ours(*arguments: str) -> str:
    done = ocitool("--override-arch", "amd64", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_manifest_digest_says_the_same(
    tmp_path: Path, registry: ScriptedRegistry, skopeo: Callable[..., str]
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(registry.content("team/app", "index"))
    assert ours("manifest-digest", str(manifest)) == skopeo("manifest-digest", str(manifest))


@pytest.mark.parametrize("options", [[], ["--all"]])
def test_copies_are_the_same(
    options: list[str], tmp_path: Path, registry: ScriptedRegistry, skopeo: Callable[..., str]
) -> None:
    reference = f"docker://{registry.host}/team/app:index"
    skopeo("copy", *options, "--src-tls-verify=false", reference, f"oci:{tmp_path}/theirs:1")
    digest = ours("copy", *options, "--src-tls-verify=false", reference, f"oci:{tmp_path}/ours:1").strip()
    theirs, mine = (
        sorted(path.name for path in (tmp_path / side / "blobs" / "sha256").iterdir())
        for side in ("theirs", "ours")
    )
    assert mine == theirs
    assert digest.removeprefix("sha256:") in mine


def test_what_we_log_in_to_skopeo_can_use_and_the_other_way(
    tmp_path: Path, registry: ScriptedRegistry, skopeo: Callable[..., str]
) -> None:
    rule = registry.script(basic_login({"ann": "secret"}))
    try:
        for number, (login, use) in enumerate(((ours, skopeo), (skopeo, ours))):
            auth_file = f"{tmp_path}/auth{number}.json"
            arguments = (
                PLAIN,
                "--username",
                "ann",
                "--password",
                "secret",
                "--authfile",
                auth_file,
                registry.host,
            )
            assert login("login", *arguments) == "Login Succeeded!\n"
            use("inspect", PLAIN, "--authfile", auth_file, f"docker://{registry.host}/team/app:full")
            assert use("login", "--get-login", "--authfile", auth_file, registry.host) == "ann\n"
            use("logout", "--authfile", auth_file, registry.host)
            assert json.loads(Path(auth_file).read_text()) == {"auths": {}}
    finally:
        registry.unscript(rule)
