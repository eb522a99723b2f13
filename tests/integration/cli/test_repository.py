"""``ocitool list-tags`` and ``ocitool delete``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.errors import NotFound
from oci.transports.layout.store import LayoutStore
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content, ScriptedRegistry

PLAIN = "--tls-verify=false"


def test_the_tags_of_a_repository_in_skopeos_json(registry: ScriptedRegistry, image: Content) -> None:
    registry.put("team/app", image, "b", "a", "1.0")
    done = ocitool("list-tags", PLAIN, f"docker://{registry.host}/team/app")
    assert done.returncode == 0
    assert done.stdout == (
        "{\n"
        f'    "Repository": "{registry.host}/team/app",\n'
        '    "Tags": [\n        "1.0",\n        "a",\n        "b"\n    ]\n'
        "}\n"
    )


def test_the_names_in_a_layout(tmp_path: Path, image: Content) -> None:
    image.write_to(tmp_path / "layout", "x", "y")
    assert json.loads(ocitool("list-tags", f"oci:{tmp_path}/layout").stdout) == {"Tags": ["x", "y"]}


def test_a_repository_that_is_not_there(registry: ScriptedRegistry) -> None:
    done = ocitool("list-tags", PLAIN, f"docker://{registry.host}/none")
    assert (done.returncode, done.stdout) == (2, "")


def test_deleting_takes_all_tags_of_the_manifest(
    registry: ScriptedRegistry, image: Content, index: Content
) -> None:
    registry.put("app", image, "1", "also")
    registry.put("app", index, "other")
    done = ocitool("delete", PLAIN, f"docker://{registry.host}/app:1")
    assert (done.returncode, done.stdout) == (0, "")
    assert str(image.digest) in done.stderr
    for tag in ("1", "also"):
        with pytest.raises(NotFound):
            registry.content("app", tag)
    assert registry.content("app", "other") == index.raw


def test_deleting_one_tag_only(registry: ScriptedRegistry, image: Content) -> None:
    registry.put("app", image, "1", "also")
    done = ocitool("delete", PLAIN, "--only-tag", f"docker://{registry.host}/app:1")
    assert done.returncode == 0
    assert registry.content("app", "also") == image.raw
    with pytest.raises(NotFound):
        registry.content("app", "1")


def test_deleting_from_a_layout(tmp_path: Path, image: Content) -> None:
    image.write_to(tmp_path / "layout", "1")
    assert ocitool("delete", f"oci:{tmp_path}/layout:1").returncode == 0
    assert list(LayoutStore.at(tmp_path / "layout").names()) == []
    assert ocitool("delete", f"oci:{tmp_path}/layout:1").returncode == 2


def test_deleting_what_is_not_there_makes_nothing(tmp_path: Path) -> None:
    done = ocitool("delete", f"oci:{tmp_path}/none:1")
    assert done.returncode == 2
    assert not (tmp_path / "none").exists()
