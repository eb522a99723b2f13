"""What ``list-tags`` and ``inspect`` show besides what skopeo shows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.testing import build_image, build_index, random_layer
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content, ScriptedRegistry

PLAIN = "--tls-verify=false"


@pytest.fixture
def repository(registry: ScriptedRegistry, image: Content) -> str:
    """Return a repository of images that were made on three days."""
    for day, tag in enumerate(("1.9", "1.10", "2.0-rc1", "latest"), 1):
        made = {"org.opencontainers.image.created": f"2026-01-0{day}T12:00:00.123456789Z"}
        dated = build_image([random_layer(100, seed=day)], annotations=made)
        registry.put("app", dated, tag)
    return f"docker://{registry.host}/app"


def tags(*words: str) -> list[str]:
    done = ocitool("list-tags", PLAIN, *words)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert list(document) == ["Repository", "Tags"]
    found = document["Tags"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--include", r"^\d"], ["1.10", "1.9", "2.0-rc1"]),
        (["--include", r"^\d", "--exclude", "rc"], ["1.10", "1.9"]),
        (["--semver", ">=1.10"], ["1.10"]),
        (["--newest", "2"], ["2.0-rc1", "1.10"]),
        (["--newest", "2", "--newest-by", "date"], ["latest", "2.0-rc1"]),
        (["--newer-than", "2026-01-03"], ["latest", "2.0-rc1"]),
    ],
)
def test_tags_are_filtered(repository: str, words: list[str], expected: list[str]) -> None:
    assert tags(*words, repository) == expected


def test_no_image_is_asked_for_unless_dates_matter(registry: ScriptedRegistry, repository: str) -> None:
    tags("--include", "1", repository)
    tags("--newest", "1", repository)
    assert registry.asked("*", "*/manifests/*") == []


def test_details_of_tags(registry: ScriptedRegistry, repository: str, image: Content) -> None:
    document = json.loads(ocitool("list-tags", PLAIN, "--details", "--include", "^1", repository).stdout)
    assert document["Tags"] == [one["Tag"] for one in document["Images"]] == ["1.10", "1.9"]
    assert document["Images"][0]["Created"] == "2026-01-02T12:00:00Z"
    assert document["Images"][0]["Digest"].startswith("sha256:")
    assert len(registry.asked("*", "*/manifests/*")) == 2


def test_rows_of_tags(repository: str) -> None:
    words = ["--newest", "1", "--newest-by", "date", "--format", "{{.Tag}} {{.Created}}"]
    assert ocitool("list-tags", PLAIN, *words, repository).stdout == "latest 2026-01-04T12:00:00Z\n"


def test_a_filter_that_makes_no_sense_is_refused(repository: str) -> None:
    for words in (["--include", "("], ["--semver", "soon"], ["--newest", "0"], ["--newer-than", "soon"]):
        assert ocitool("list-tags", PLAIN, *words, repository).returncode == 64


def test_the_layers_with_the_steps_that_made_them(tmp_path: Path, image: Content) -> None:
    image.write_to(tmp_path, "1")
    done = ocitool("inspect", "--layers", f"oci:{tmp_path}:1")
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["LAYER", "SIZE", "TYPE", "CREATED", "BY"]
    links = image.document["layers"]
    assert isinstance(links, list)
    assert [row.split()[0] for row in rows] == [link["digest"] for link in links]
    assert all("tar+gzip" in row for row in rows)
    assert rows[0].endswith("layer 0")
    layers = json.loads(ocitool("inspect", "--layers", "--json", f"oci:{tmp_path}:1").stdout)
    assert [one["Size"] for one in layers] == [link["size"] for link in links]
    assert all(one["DiffID"].startswith("sha256:") for one in layers)
    template = "{{.Number}} {{.CreatedBy}}"
    rows = ocitool("inspect", "--layers", "--format", template, f"oci:{tmp_path}:1").stdout.splitlines()
    assert rows == ["0 layer 0", "1 layer 1"]


def test_details_keep_skopeos_shape_and_add_to_it(tmp_path: Path, image: Content) -> None:
    build_index({"linux/amd64": image}).write_to(tmp_path, "1")
    name = f"oci:{tmp_path}:1"
    plain = json.loads(ocitool("inspect", name).stdout)
    details = json.loads(ocitool("inspect", "--details", name).stdout)
    assert list(details)[: len(plain)] == list(plain)
    assert {key: details[key] for key in plain} == plain
    assert details["ManifestDigest"] == str(image.digest) != details["Digest"]
    assert details["ConfigDigest"] == image.document["config"]["digest"]  # type: ignore[index]
    assert details["Size"] == image.size_bytes
    assert "Base" not in details


@pytest.mark.parametrize("place", ["manifest", "index", "labels"])
def test_the_base_image_wherever_it_is_named(tmp_path: Path, place: str) -> None:
    base = {
        "org.opencontainers.image.base.name": "docker.io/library/debian:12",
        "org.opencontainers.image.base.digest": "sha256:" + "a" * 64,
    }
    made = build_image(
        [random_layer(10, seed=1)],
        annotations=base if place == "manifest" else None,
        config={"Labels": base} if place == "labels" else None,
    )
    index = build_index({"linux/amd64": made}, annotations=base if place == "index" else None)
    index.write_to(tmp_path, "1")
    words = ["--details", "--format", "{{.Base.Name}}@{{.Base.Digest}}"]
    done = ocitool("inspect", *words, f"oci:{tmp_path}:1")
    assert done.stdout == f"docker.io/library/debian:12@sha256:{'a' * 64}\n"


@pytest.mark.parametrize(
    "words", [["--raw", "--layers"], ["--layers", "--all"], ["--details", "--config"], ["--json"]]
)
def test_views_exclude_each_other(tmp_path: Path, image: Content, words: list[str]) -> None:
    image.write_to(tmp_path, "1")
    assert ocitool("inspect", *words, f"oci:{tmp_path}:1").returncode == 64
