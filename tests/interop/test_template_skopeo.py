"""skopeo's inspect: its JSON byte for byte, and what its --format makes of an image."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from ocitool.go_json import encode
from ocitool.go_time import Time
from ocitool.go_value import Field, Struct
from ocitool.template import TemplateError, render_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.interop

CONFIG = {
    "architecture": "amd64",
    "os": "linux",
    "created": "2023-05-06T07:08:09.120Z",
    "config": {
        "Env": ["PATH=/bin", "A=b&c", 'QUOTED="x"', "LINE=\u2028"],
        "Labels": {"b": "x<y>", "a": "1", "org.opencontainers.image.title": "Ä \\ title"},
    },
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "a" * 64, "sha256:" + "b" * 64]},
}


class Layout:
    """An OCI layout with one image, and the object that skopeo makes of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "blobs" / "sha256").mkdir(parents=True)
        config = self._put(json.dumps(CONFIG).encode(), "config.v1+json")
        layers = [self._put(data, "layer.v1.tar") for data in (b"one", b"two")]
        manifest = {"schemaVersion": 2, "config": config, "layers": layers}
        descriptor = self._put(json.dumps(manifest).encode(), "manifest.v1+json")
        (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [descriptor]}))
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        settings = CONFIG["config"]
        assert isinstance(settings, dict)
        self.output = Struct(
            "inspect.Output",
            (
                Field("Name", "", omit_empty=True),
                Field("Tag", "", omit_empty=True),
                Field("Digest", descriptor["digest"]),
                Field("RepoTags", []),
                Field("Created", Time.parse(str(CONFIG["created"]))),
                Field("DockerVersion", ""),
                Field("Labels", settings["Labels"]),
                Field("Architecture", CONFIG["architecture"]),
                Field("Os", CONFIG["os"]),
                Field("Layers", [layer["digest"] for layer in layers]),
                Field("Env", settings["Env"]),
            ),
        )

    def _put(self, data: bytes, kind: str) -> dict[str, object]:
        encoded = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs" / "sha256" / encoded).write_bytes(data)
        media_type = f"application/vnd.oci.image.{kind}"
        return {"mediaType": media_type, "digest": f"sha256:{encoded}", "size": len(data)}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return Layout(tmp_path_factory.mktemp("template") / "image")


@pytest.fixture(scope="module")
def inspect(tool: Callable[[str], Path], layout: Layout) -> Callable[..., str | None]:
    """Return what asks skopeo; it returns None where skopeo fails."""

    def run(*arguments: str) -> str | None:
        command = [str(tool("skopeo")), "inspect", *arguments, f"oci:{layout.folder}"]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.stdout.decode() if done.returncode == 0 else None

    return run


def test_json(inspect: Callable[..., str | None], layout: Layout) -> None:
    said = inspect()
    assert said is not None
    document = json.loads(said)
    if document.pop("LayersData", None) is not None:  # which newer versions add
        said = encode(Struct("", tuple(Field(*member) for member in document.items())), indent="    ") + "\n"
    assert said == encode(layout.output, indent="    ") + "\n"


@pytest.mark.parametrize(
    "format_text",
    [
        "{{.Digest}}",
        "Name: {{.Name}} Digest: {{.Digest}}",
        "{{.Created}}",
        "{{.Created.Year}} {{.Created.Format `2006-01-02`}} {{.Created.Unix}}",
        "{{.Labels}}",
        "{{.Layers}} {{.RepoTags}} {{.Env}}",
        "{{range .Layers}}{{.}} {{end}}",
        "{{range .Layers}}{{println .}}{{end}}",
        "{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}",
        '{{index .Labels "a"}}|{{index .Labels "missing"}}|{{.Labels.b}}',
        "{{len .Layers}} {{len .Labels}} {{len .Digest}}",
        "{{if .Name}}named{{else if .Os}}{{.Os}}/{{.Architecture}}{{end}}",
        "{{with .Labels}}{{.a}}{{end}}{{with .Name}}x{{else}}y{{end}}",
        '{{printf "%-10s|%q|%v|%d" .Os .Architecture .Env 5}}',
        "{{index .Layers 0 | printf `%.19s`}}",
        '{{eq .Os "linux"}} {{and .Os (not .Name)}} {{or .Name .Os}}',
        "{{html .Labels.b}} {{urlquery .Env}} {{js .Env}}",
        "{{- .Os -}}  x",
        "{{/* nothing */}}{{$x := .Os}}{{$x}}",
        "{{.}}",
        "{{.Nope}}",
        "{{.Labels.missing}}",
        "{{.Digest",
        "{{nope .Digest}}",
        "{{index .Layers 7}}",
        "{{range .Os}}{{end}}",
        "{{end}}",
        "text",
    ],
)
def test_format(inspect: Callable[..., str | None], layout: Layout, format_text: str) -> None:
    ours: str | None
    try:
        ours = render_table(format_text, [layout.output])
    except TemplateError:
        ours = None
    assert inspect("--format", format_text) == ours
