"""Synchronising to a registry that is not ours: over broken connections, and removing what is gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.testing import ScriptedRegistry, build_image, fault, random_layer
from tests.integration.cli.process import ocitool
from tests.peers.server import distribution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.interop

PLAIN = ("--src-tls-verify=false", "--dest-tls-verify=false", "--progress=none", "--retry-delay=10ms")
BASE = random_layer(2_000_000, seed=7)
TAGS = ("1", "2", "3", "4")


@pytest.fixture
def source(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "source") as registry:
        for number, tag in enumerate(TAGS):
            registry.put("app", build_image([BASE, random_layer(9000, seed=number)]), tag)
        yield registry


@pytest.fixture
def debian(tool: Callable[[str], Path], tmp_path: Path) -> Iterator[str]:
    (tmp_path / "debian").mkdir()
    with distribution(tool("docker-registry"), tmp_path / "debian") as server:
        yield server.address


def tags(address: str) -> list[str]:
    listed = ocitool("list-tags", "--tls-verify=false", f"docker://{address}/to/app")
    assert listed.returncode == 0, listed.stderr
    return sorted(json.loads(listed.stdout)["Tags"])


def raw(address: str, repository: str, tag: str) -> str:
    shown = ocitool("inspect", "--raw", "--tls-verify=false", f"docker://{address}/{repository}:{tag}")
    assert shown.returncode == 0, shown.stderr
    return shown.stdout


def test_a_source_in_trouble_is_mirrored_whole_and_pruned(source: ScriptedRegistry, debian: str) -> None:
    rules = [
        source.script(fault.answer(503), path="*/manifests/2", times=2),
        source.script(fault.cut(700_000), path=f"*/blobs/{BASE.descriptor.digest}", times=1),
        source.script(fault.reset(), path="*/manifests/3", times=1),
    ]
    words = ("sync", *PLAIN, f"docker://{source.host}/app", f"docker://{debian}/to")
    done = ocitool(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(rule.hits for rule in rules)
    for tag in TAGS:
        assert raw(debian, "to/app", tag) == raw(source.host, "app", tag)
    assert ocitool(*words).stdout == "4 unchanged; 1 place\n"
    source.layout("app").delete("2")
    looked = ocitool(*words, "--prune", "--dry-run")
    assert f"would be removed docker://{debian}/to/app:2" in looked.stdout
    assert tags(debian) == list(TAGS)
    done = ocitool(*words, "--prune")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "3 unchanged, 1 removed; 1 place")
    assert tags(debian) == ["1", "3", "4"]
    for tag in ("1", "3", "4"):
        assert raw(debian, "to/app", tag) == raw(source.host, "app", tag)
