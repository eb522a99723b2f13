"""The program in skopeo's place: called by its name, with options where its users write them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oci.testing import fault
from tests.integration.cli.process import hints, ocitool

if TYPE_CHECKING:
    from oci.testing import Content, ScriptedRegistry

PLAIN = "--tls-verify=false"


@pytest.fixture
def skopeo(tmp_path: Path) -> Path:
    """Return a link of skopeo's name to the program."""
    link = tmp_path / "bin" / "skopeo"
    link.parent.mkdir()
    link.symlink_to(Path(sysconfig.get_path("scripts")) / "ocitool")
    return link


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)


def test_a_link_of_that_name_says_which_skopeo_it_stands_for(skopeo: Path) -> None:
    done = run(skopeo, "--version")
    assert done.stdout.startswith("skopeo version 1.22.0 (ocitool ")


def test_under_that_name_inspect_lists_the_tags(
    skopeo: Path, registry: ScriptedRegistry, image: Content
) -> None:
    registry.put("app", image, "1", "2")
    name = f"docker://{registry.host}/app:1"
    assert json.loads(run(skopeo, "inspect", PLAIN, name).stdout)["RepoTags"] == ["1", "2"]
    assert json.loads(run(skopeo, "inspect", "--no-tags", PLAIN, name).stdout)["RepoTags"] == []
    assert json.loads(ocitool("inspect", PLAIN, name).stdout)["RepoTags"] == []


def test_under_that_name_a_list_that_is_refused_is_no_failure(
    skopeo: Path, registry: ScriptedRegistry, image: Content
) -> None:
    registry.put("app", image, "1")
    registry.script(fault.answer(403), path="/v2/app/tags/list")
    done = run(skopeo, "inspect", PLAIN, f"docker://{registry.host}/app:1")
    assert done.returncode == 0
    assert json.loads(done.stdout)["RepoTags"] == []
    assert "tags of the repository are not listed" in done.stderr


def test_debug_shows_requests_and_no_secrets(registry: ScriptedRegistry, image: Content) -> None:
    registry.put("app", image, "1")
    done = ocitool("inspect", "--debug", PLAIN, "--creds", "me:hunter2", f"docker://{registry.host}/app:1")
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if line.startswith("ocitool: debug: ")]
    assert any(f"GET http://{registry.host}/v2/app/manifests/1: 200, " in line for line in lines)
    assert "hunter2" not in done.stderr
    assert "authorization" not in done.stderr.lower()


def test_what_is_said_before_our_name(registry: ScriptedRegistry, image: Content) -> None:
    registry.put("app", image, "1")
    ocitool("--user-agent-prefix", "mine/7", "inspect", PLAIN, f"docker://{registry.host}/app:1")
    agents = {exchange.headers.get("User-Agent") for exchange in registry.asked()}
    assert len(agents) == 1
    assert (agents.pop() or "").startswith("mine/7 ocitool/")


def test_the_directory_for_temporary_files_is_the_one_that_is_used(tmp_path: Path, image: Content) -> None:
    image.write_to(tmp_path / "layout", "1")
    archive = tmp_path / "archive.tar"
    assert ocitool("copy", f"oci:{tmp_path}/layout:1", f"oci-archive:{archive}:1").returncode == 0
    command = [sys.executable, "-m", "ocitool", "inspect", "oci-archive:-:1"]
    for words in (["--tmpdir", f"{tmp_path}/none"], []):
        done = subprocess.run(
            [*command, *words], input=archive.read_bytes(), capture_output=True, check=False, timeout=60,
            env={**os.environ, "TMPDIR": str(tmp_path)},
        )  # fmt: skip
        assert done.returncode == (7 if words else 0), done.stderr
        assert (f"{tmp_path}/none" in done.stderr.decode()) is bool(words)


def test_the_time_limit_ends_a_wait_for_a_silent_registry(registry: ScriptedRegistry) -> None:
    rule = registry.script(fault.stall(), path="/v2/app/manifests/*")
    for limit in ("2s", "8s", "32s"):  # under load, the program may not get as far as to ask in less
        done = ocitool("inspect", PLAIN, f"docker://{registry.host}/app:1", f"--command-timeout={limit}")
        assert done.returncode == 124
        if rule.hits:
            break
    assert rule.hits == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["copy", "--encryption-key", "jwe:key", "oci:a", "oci:b"], "ocicrypt"),
        (["layers", "docker://localhost/x"], "dir:PATH"),
    ],
)
def test_who_uses_what_is_not_here_reads_why(words: list[str], reason: str) -> None:
    done = ocitool(*words)
    assert done.returncode == 64
    assert reason in hints(done.stderr)[0]
