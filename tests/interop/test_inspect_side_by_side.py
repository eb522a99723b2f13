"""``ocitool inspect`` beside ``skopeo inspect``, process against process, on the same images.

Debian's 1.9.3 knows no LayersData and leaves it out; whatever it prints has to stand in our output in the
same order and the same spelling. For the same reason ``{{.}}``, which shows every member, is not compared.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.interop.material import ARM, BARE, FULL, FULL_DOCKER, IMAGE, INDEX

if TYPE_CHECKING:
    from pathlib import Path

    from tests.interop.client import Ours, Skopeo
    from tests.interop.conftest import Registries

pytestmark = pytest.mark.interop

PLAIN = "--tls-verify=false"
_LAYERS_DATA = re.compile(r'    "LayersData": (?:null|\[.*?\n    \]),\n', re.DOTALL)


@pytest.fixture(
    params=[
        *(("docker-registry", content) for content in (FULL, BARE, ARM, INDEX, FULL_DOCKER)),
        ("ocitool", INDEX),
        ("layout", IMAGE),
        ("layout", INDEX),
        ("archive", INDEX),
    ],
    ids=[
        "docker-registry-full", "docker-registry-bare", "docker-registry-zstd", "docker-registry-index",
        "docker-registry-docker",
        "ocitool-index", "layout-image", "layout-index", "archive-index",
    ],
)  # fmt: skip
def place(request: pytest.FixtureRequest, registries: Registries, ours: Ours, tmp_path: Path) -> str:
    """Return the name of an image in a registry, a layout or an archive.

    Docker's media types are in registries only: skopeo does not find them in a layout by their name.
    """
    kind, content = request.param
    content.write_to(tmp_path / "layout", "v1")
    layout = f"oci:{tmp_path}/layout:v1"
    if kind == "layout":
        return layout
    if kind == "archive":
        ours.run("copy", "--all", layout, f"oci-archive:{tmp_path}/a.tar:v1")
        return f"oci-archive:{tmp_path}/a.tar:v1"
    name = f"{registries.address(kind)}/inspect/{content.digest.encoded[:8]}:v1"
    ours.push(tmp_path / "layout", "v1", name)
    return f"docker://{name}"


def as_1_9_3(text: str) -> str:
    """Take out what Debian's version does not know."""
    return _LAYERS_DATA.sub("", text)


def test_every_kind_of_output_is_the_same(ours: Ours, skopeo: Skopeo, place: str) -> None:
    for options in (["--raw"], ["--config"], ["--config", "--raw"]):
        theirs = skopeo.run("inspect", PLAIN, *options, place)
        assert ours.run("inspect", PLAIN, *options, place) == theirs, options
    shown = skopeo.run("inspect", PLAIN, "--no-tags", place).decode()
    said = ours.run("inspect", PLAIN, "--no-tags", place).decode()
    fields = json.loads(shown)
    assert {name: value for name, value in json.loads(said).items() if name != "LayersData"} == fields
    assert as_1_9_3(said) == as_1_9_3(shown)


def test_tags_are_listed_alike(ours: Ours, skopeo: Skopeo, registries: Registries, tmp_path: Path) -> None:
    repository = f"{registries.address('docker-registry')}/inspect/tags"
    IMAGE.write_to(tmp_path / "layout", "v1")
    for tag in ("v2", "latest", "V1", "1.10", "1.9"):
        ours.push(tmp_path / "layout", "v1", f"{repository}:{tag}")
    theirs = json.loads(skopeo.run("inspect", PLAIN, f"docker://{repository}:v2"))
    said = json.loads(ours.run("inspect", PLAIN, "--tags", f"docker://{repository}:v2"))
    assert said["RepoTags"] == theirs["RepoTags"]
    assert ours.run("list-tags", PLAIN, f"docker://{repository}") == skopeo.run(
        "list-tags", PLAIN, f"docker://{repository}"
    )


@pytest.fixture(scope="module")
def published(ours: Ours, registries: Registries, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the name of a single image in Debian's registry."""
    folder = tmp_path_factory.mktemp("published")
    IMAGE.write_to(folder, "v1")
    name = f"{registries.address('docker-registry')}/inspect/template:v1"
    ours.push(folder, "v1", name)
    return f"docker://{name}"


@pytest.mark.parametrize(
    "template",
    [
        "{{.Digest}}",
        "Name: {{.Name}} Digest: {{.Digest}}",
        "{{.Created}} {{.Created.Year}} {{.Os}}/{{.Architecture}}",
        "{{range .Layers}}{{println .}}{{end}}",
        "{{.Env}} {{len .Env}}",
        "{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}{{len .Env}}",
        '{{index .Labels "who"}}|{{.Labels.nobody}}|{{index .Env 0 | printf "%q"}}',
    ],
)
def test_templates(ours: Ours, skopeo: Skopeo, published: str, template: str) -> None:
    arguments = ("inspect", PLAIN, "--no-tags", "--format", template, published)
    assert ours.run(*arguments) == skopeo.run(*arguments)


@pytest.mark.parametrize("template", ["{{.Nope}}", "{{.Digest", "{{nope}}", "{{index .Layers 9}}"])
def test_what_is_no_template_fails_in_both(ours: Ours, skopeo: Skopeo, template: str, tmp_path: Path) -> None:
    IMAGE.write_to(tmp_path / "layout", "v1")
    arguments = ("inspect", "--format", template, f"oci:{tmp_path}/layout:v1")
    for program in (ours, skopeo):
        done = program.attempt(*arguments)
        assert (done.returncode != 0, done.stdout) == (True, b""), program.name
