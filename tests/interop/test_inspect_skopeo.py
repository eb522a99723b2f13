"""``ocitool`` beside skopeo on the same registry: the same words about the same images, the same copies.

Debian's skopeo is 1.9.3. What newer ones print besides is left out before comparing: ``LayersData``, and the
place of ``variant``, which image-spec has moved behind ``os`` since.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oci.testing import Content, ScriptedRegistry, build_image, build_index, layer
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.interop

PLAIN = "--tls-verify=false"
EXECUTION = {
    "Labels": {"b": "x<y>&z", "a": "1", "title": "Ä \u2028 \\"},
    "Env": ["PATH=/bin", "A=b&c"],
    "ExposedPorts": {"80/tcp": {}, "443/tcp": {}},
    "Cmd": ["sh", "-c", "true"],
    "WorkingDir": "/srv",
    "User": "nobody",
}
IMAGES: dict[str, dict[str, object]] = {
    "full": {"config": EXECUTION},
    "bare": {},
    "docker": {"config": EXECUTION, "docker": True},
}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedRegistry]:
    """Return a registry with an image of each kind, and an index."""
    with ScriptedRegistry(tmp_path_factory.mktemp("registry")) as running:
        for name, options in IMAGES.items():
            running.put("team/app", image(**options), name)
        arm = build_image([layer({"b": b"y"})], platform="linux/arm64")
        running.put("team/app", build_index({"linux/amd64": image(), "linux/arm64": arm}), "index")
        yield running


def image(**options: object) -> Content:
    """Return a small image."""
    return build_image([layer({"a": b"x"})], **options)  # type: ignore[arg-type]  # the table above


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


def without_layers_data(text: str) -> str:
    """Take out what skopeo prints since 1.10."""
    shown = json.loads(text)
    del shown["LayersData"]
    plain = json.dumps(shown, indent=4, ensure_ascii=False)
    for character in "<>&\u2028":
        plain = plain.replace(character, f"\\u{ord(character):04x}")
    return plain + "\n"


@pytest.mark.parametrize("name", [*IMAGES, "index"])
def test_inspect_says_the_same(name: str, registry: ScriptedRegistry, skopeo: Callable[..., str]) -> None:
    reference = f"docker://{registry.host}/team/app:{name}"
    theirs = skopeo("inspect", PLAIN, reference)
    assert without_layers_data(ours("inspect", PLAIN, "--tags", reference)) == theirs


@pytest.mark.parametrize("name", [*IMAGES, "index"])
@pytest.mark.parametrize("options", [["--config"], ["--raw"], ["--raw", "--config"]])
def test_configs_and_raw_bytes_are_the_same(
    name: str, options: list[str], registry: ScriptedRegistry, skopeo: Callable[..., str]
) -> None:
    arguments = ("inspect", PLAIN, *options, f"docker://{registry.host}/team/app:{name}")
    assert ours(*arguments) == skopeo(*arguments)


@pytest.mark.parametrize(
    "template",
    [
        "{{.Name}}@{{.Digest}}",
        "{{.Env}} {{len .Env}}",
        '{{index .Labels "a"}}',
        "{{range .Layers}}<{{.}}>{{end}}",
    ],
)
def test_templates_yield_the_same(
    template: str, registry: ScriptedRegistry, skopeo: Callable[..., str]
) -> None:
    arguments = ("inspect", PLAIN, "--format", template, f"docker://{registry.host}/team/app:full")
    assert ours(*arguments[:1], "--tags", *arguments[1:]) == skopeo(*arguments)


def test_list_tags_says_the_same(registry: ScriptedRegistry, skopeo: Callable[..., str]) -> None:
    arguments = ("list-tags", PLAIN, f"docker://{registry.host}/team/app")
    assert ours(*arguments) == skopeo(*arguments)


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
    from oci.testing import basic_login

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
