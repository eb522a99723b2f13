"""``ocitool pull`` and ``ocitool images``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.integration.cli.conftest import PLAIN
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content, ScriptedRegistry


@pytest.fixture
def local(tmp_path: Path) -> str:
    return f"--root={tmp_path}/store"


def test_there_are_no_images_where_there_is_no_store(tmp_path: Path, local: str) -> None:
    done = ocitool("images", local)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["REPOSITORY", "TAG", "IMAGE", "ID", "CREATED", "SIZE"]
    assert not (tmp_path / "store").exists()
    assert ocitool("images", local, "--format", "json").stdout == "[]\n"


def test_what_was_pulled_is_listed(
    registry: ScriptedRegistry, index: Content, image: Content, local: str
) -> None:
    registry.put("team/app", index, "v1")
    identity = image.leaves[0].descriptor.digest.encoded
    pulled = ocitool("pull", local, PLAIN, "-q", f"{registry.host}/team/app:v1")
    assert (pulled.returncode, pulled.stdout, pulled.stderr) == (0, f"{identity}\n", "")
    listed = ocitool("images", local, "--digests").stdout.splitlines()
    assert listed[0].split() == ["REPOSITORY", "TAG", "DIGEST", "IMAGE", "ID", "CREATED", "SIZE"]
    row = listed[1].split()
    assert row[:4] == [f"{registry.host}/team/app", "v1", str(image.digest), identity[:12]]
    assert row[-2:] == ["200", "kB"]
    assert ocitool("images", local, "-q", "--no-trunc").stdout == f"sha256:{identity}\n"
    (found,) = json.loads(ocitool("images", local, "--format", "json").stdout)
    assert found["Names"] == [f"{registry.host}/team/app:v1"]
    assert f"{registry.host}/team/app@{index.digest}" in found["RepoDigests"]
    assert found["Labels"] == {"who": "<me>"}


@pytest.mark.parametrize(
    ("filters", "is_shown"),
    [
        (["reference=team/app"], True),
        (["reference=*/app:v1"], True),
        (["reference=other"], False),
        (["reference=other", "reference=app"], True),
        (["label=who"], True),
        (["label=who=<me>"], True),
        (["label=who=you"], False),
        (["dangling=true"], False),
        (["dangling=false", "label=none"], False),
        (["until=24h"], True),
        (["until=2025-12-31T00:00:00Z"], False),
        (["before=team/app:v1"], False),
    ],
)
def test_filters(
    registry: ScriptedRegistry, image: Content, local: str, filters: list[str], is_shown: bool
) -> None:
    registry.put("team/app", image, "v1")
    ocitool("pull", local, PLAIN, "-q", f"{registry.host}/team/app:v1")
    options = [f"--filter={each}" for each in filters]
    assert bool(ocitool("images", local, "-q", *options).stdout) is is_shown


def test_usage(local: str) -> None:
    assert ocitool("images", local, "--filter", "colour=red").returncode == 64
    assert ocitool("pull", local, "--platform=linux/arm64", "--arch=arm64", "x").returncode == 64


def test_an_image_that_is_not_there_is_not_found(registry: ScriptedRegistry, local: str) -> None:
    done = ocitool("pull", local, PLAIN, f"{registry.host}/team/none:v1")
    assert (done.returncode, done.stdout) == (2, "")
