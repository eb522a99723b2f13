"""``ocitool inspect`` against a registry and against layouts."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from oci.testing import Fault, ScriptedRegistry, basic_login, build_artifact, fault
from tests.integration.cli.process import hints, ocitool
from tests.loaded import loaded_by

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content

PLAIN = "--tls-verify=false"


def inspected(*arguments: str) -> object:
    done = ocitool("inspect", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    shown: object = json.loads(done.stdout)
    return shown


def test_an_image_of_an_index_in_a_registry(
    registry: ScriptedRegistry, index: Content, image: Content
) -> None:
    registry.put("team/app", index, "1.0")
    name = f"docker://{registry.host}/team/app:1.0"
    done = ocitool("--override-arch", "amd64", "inspect", PLAIN, name)
    assert (done.returncode, done.stderr) == (0, "")
    shown = json.loads(done.stdout)
    assert list(shown) == [
        *("Name", "Digest", "RepoTags", "Created", "DockerVersion", "Labels", "Architecture", "Os"),
        *("Layers", "LayersData", "Env"),
    ]
    assert shown["Name"] == f"{registry.host}/team/app"
    assert shown["Digest"] == str(index.digest)
    assert shown["RepoTags"] == []
    assert shown["Layers"] == [str(part.descriptor.digest) for part in image.leaves[1:]]
    assert shown["Labels"] == {"who": "<me>"}
    assert '"who": "\\u003cme\\u003e"' in done.stdout
    assert done.stdout.startswith('{\n    "Name"')
    assert done.stdout.endswith("}\n")


def test_a_name_without_a_transport_means_a_registry(registry: ScriptedRegistry, image: Content) -> None:
    registry.put("app", image, "latest")
    shown = inspected(PLAIN, f"{registry.host}/app")
    assert isinstance(shown, dict)
    assert shown["Digest"] == str(image.digest)


def test_tags_are_listed_only_when_they_are_asked_for(registry: ScriptedRegistry, image: Content) -> None:
    registry.put("app", image, "b", "a")
    name = f"docker://{registry.host}/app:a"
    for option in ("--no-tags", "-n", "--tags=false"):
        assert '"RepoTags": [],' in ocitool("inspect", PLAIN, option, name).stdout
    assert registry.asked("GET", "*/tags/list") == []
    shown = inspected(PLAIN, "--tags", name)
    assert isinstance(shown, dict)
    assert shown["RepoTags"] == ["a", "b"]


def test_raw_prints_the_exact_bytes(registry: ScriptedRegistry, index: Content) -> None:
    registry.put("app", index, "1")
    name = f"docker://{registry.host}/app:1"
    assert ocitool("inspect", PLAIN, "--raw", name).stdout == index.raw.decode()
    arm = index.parts[1]
    assert ocitool("inspect", PLAIN, "--raw", "--platform", "linux/arm64", name).stdout == arm.raw.decode()
    config = ocitool("inspect", PLAIN, "--raw", "--config", "--platform", "linux/arm64", name).stdout
    assert config == arm.leaves[0].data.decode()


def test_the_config_of_an_image_in_a_layout(tmp_path: Path, index: Content) -> None:
    index.write_to(tmp_path / "layout", "1")
    shown = inspected("--config", "--platform", "linux/arm/v7", f"oci:{tmp_path}/layout:1")
    assert isinstance(shown, dict)
    assert (shown["architecture"], shown["variant"]) == ("arm", "v7")
    assert list(shown) == ["created", "architecture", "os", "variant", "config", "rootfs", "history"]


def test_every_platform(tmp_path: Path, index: Content) -> None:
    index.write_to(tmp_path / "layout", "1")
    name = f"oci:{tmp_path}/layout"
    rows = ocitool("inspect", "--all", name).stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["PLATFORM", "linux/amd64", "linux/arm64", "linux/arm/v7"]
    assert [row.split()[1:3] for row in rows[1:]] == [
        [str(part.digest), str(part.leaves[0].descriptor.digest)] for part in index.parts
    ]
    shown = inspected("--all", "--json", name)
    assert isinstance(shown, list)
    assert shown[0]["LayerSizes"] == [part.descriptor.size for part in index.parts[0].leaves[1:]]
    assert ocitool("inspect", "--all", "--format", "{{.Platform}} {{.Digest}}", name).stdout == "".join(
        f"{platform} {part.digest}\n"
        for platform, part in zip(("linux/amd64", "linux/arm64", "linux/arm/v7"), index.parts, strict=True)
    )


def test_a_template(tmp_path: Path, image: Content) -> None:
    image.write_to(tmp_path / "layout", "1")
    name = f"oci:{tmp_path}/layout:1"
    assert ocitool("inspect", "-f", "{{.Os}}/{{.Architecture}}", name).stdout == "linux/amd64\n"
    assert ocitool("inspect", "--format", "json", name).stdout == ocitool("inspect", name).stdout
    assert ocitool("inspect", "--config", "--format", "{{.Config.Env}}", name).stdout == "[PATH=/bin]\n"


def test_control_characters_in_a_template_are_made_harmless(tmp_path: Path, image: Content) -> None:
    image.write_to(tmp_path / "layout", "1")
    done = ocitool("inspect", "--format", "a\x1b[2J\t{{.Os}}", f"oci:{tmp_path}/layout:1")
    assert done.stdout == "a\\u001b[2J\tlinux\n"


@pytest.mark.parametrize("template", ["{{.Os", "{{.Nonexistent}}", "{{nonexistent}}"])
def test_a_template_that_does_not_fit_is_a_usage_error(tmp_path: Path, image: Content, template: str) -> None:
    image.write_to(tmp_path / "layout", "1")
    done = ocitool("inspect", "--format", template, f"oci:{tmp_path}/layout:1")
    assert (done.returncode, done.stdout) == (64, "")
    assert "template:1:" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--raw", "--format", "x"], ["--raw", "--all"], ["--config", "--all"], ["--json"], ["--platform", "x"]],
)
def test_options_that_contradict_each_other(arguments: list[str]) -> None:
    done = ocitool("inspect", *arguments, "oci:nowhere")
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("ocitool: inspect: ")


def test_a_tag_that_is_not_there(registry: ScriptedRegistry, image: Content) -> None:
    registry.put("app", image, "1")
    done = ocitool("inspect", PLAIN, f"docker://{registry.host}/app:2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count(f"{registry.host}/app:2") == 1
    assert len(done.stderr.splitlines()) <= 2


def test_a_platform_that_is_not_there(tmp_path: Path, index: Content) -> None:
    index.write_to(tmp_path / "layout", "1")
    done = ocitool("inspect", "--platform", "linux/s390x", f"oci:{tmp_path}/layout:1")
    assert done.returncode == 2
    assert "linux/s390x" in done.stderr
    assert hints(done.stderr) == ["it offers linux/amd64, linux/arm64, linux/arm/v7"]


@pytest.mark.parametrize("shape", [[], ["--config"], ["--raw"], ["--raw", "--config"]])
def test_an_image_without_an_index_that_is_for_another_platform(
    tmp_path: Path, image: Content, shape: list[str]
) -> None:
    image.write_to(tmp_path / "layout", "1")
    done = ocitool("inspect", *shape, "--platform", "linux/arm64", f"oci:{tmp_path}/layout:1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the image is for linux/amd64, not for linux/arm64" in done.stderr
    assert hints(done.stderr) != []
    fitting = ocitool("inspect", *shape, "--platform", "linux/amd64", f"oci:{tmp_path}/layout:1")
    assert (fitting.returncode, fitting.stderr) == (0, "")


def test_a_layout_that_is_not_there(tmp_path: Path) -> None:
    done = ocitool("inspect", f"oci:{tmp_path}/none:1")
    assert done.returncode == 2
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("name", ["oci:", "docker://UPPER/case", "", "tarball:/tmp/x", "a@sha256:12"])
def test_a_malformed_name_is_a_usage_error_or_a_bad_digest(name: str) -> None:
    done = ocitool("inspect", name)
    assert done.returncode in {64, 5}
    assert done.stderr.startswith("ocitool: inspect")


def test_credentials(registry: ScriptedRegistry, image: Content) -> None:
    registry.put("app", image, "1")
    registry.script(basic_login({"ann": "secret"}))
    name = f"docker://{registry.host}/app:1"
    refused = ocitool("inspect", PLAIN, name)
    assert refused.returncode == 3
    assert ocitool("inspect", PLAIN, "--creds", "ann:wrong", name).returncode == 3
    assert ocitool("inspect", PLAIN, "--creds", "ann:secret", name).returncode == 0
    assert (
        ocitool(
            "inspect", PLAIN, "--username", "ann", "--password-file", "-", name, stdin="secret\n"
        ).returncode
        == 0
    )
    for text in (refused.stdout, refused.stderr):
        assert "secret" not in text


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (fault.answer(429, {"Retry-After": "0"}), 4),
        (fault.answer(403), 3),
        (fault.answer(500), 1),
        (fault.reset(), 6),
        (fault.replace_body(b"{}"), 5),
    ],
    ids=["429", "403", "500", "reset", "other-content"],
)
def test_what_goes_wrong_has_its_code(
    registry: ScriptedRegistry, image: Content, wrong: Fault, code: int
) -> None:
    registry.put("app", image, "1")
    registry.script(wrong, path="*/manifests/*")
    name = f"docker://{registry.host}/app@{image.digest}"
    done = ocitool("inspect", PLAIN, "--retry-times", "0", name)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith("ocitool: inspect")


def test_a_registry_that_is_not_there() -> None:
    done = ocitool("inspect", PLAIN, "--retry-times=0", "docker://127.0.0.1:1/app:1")
    assert done.returncode == 6
    assert "connection refused" in done.stderr.lower()


def test_an_artifact_is_not_an_image(tmp_path: Path) -> None:
    artifact = build_artifact("application/vnd.example.thing", b"payload")
    artifact.write_to(tmp_path / "layout", "1")
    done = ocitool("inspect", f"oci:{tmp_path}/layout:1")
    assert done.returncode == 9
    assert "application/vnd.example.thing" in done.stderr
    assert hints(done.stderr) == ["--raw shows its manifest"]
    assert ocitool("inspect", "--raw", f"oci:{tmp_path}/layout:1").stdout == artifact.raw.decode()


def test_a_stalled_registry_and_the_time_limit(registry: ScriptedRegistry, image: Content) -> None:
    registry.put("app", image, "1")
    registry.script(fault.stall(), path="*/manifests/*")
    done = ocitool("--command-timeout", "300ms", "inspect", PLAIN, f"docker://{registry.host}/app:1")
    assert (done.returncode, done.stdout) == (124, "")


def test_inspecting_loads_what_it_needs(registry: ScriptedRegistry, image: Content) -> None:
    registry.put("app", image, "1")
    name = f"docker://{registry.host}/app:1"
    loaded = loaded_by("-m", "ocitool", "inspect", PLAIN, name) - loaded_by("-c", "import click")
    # The standard library's copy asks for a module of Jython's.
    packages = {name.partition(".")[0] for name in loaded} - {"org"}
    assert packages - sys.stdlib_module_names - {"__main__"} == {"h11", "oci", "ocitool"}
    assert packages.isdisjoint({"asyncio", "multiprocessing", "concurrent", "logging", "http", "email"})
    rooms = {name.split(".")[1] for name in loaded if name.startswith(("oci.", "ocitool."))}
    assert rooms.isdisjoint(
        {"transfer", "tar", "compression", "serving", "registry", "testing", "template", "progress"}
    )


def test_inspecting_a_layout_loads_nothing_of_the_network(tmp_path: Path, image: Content) -> None:
    image.write_to(tmp_path / "layout", "1")
    loaded = loaded_by("-m", "ocitool", "inspect", f"oci:{tmp_path}/layout:1")
    assert loaded.isdisjoint({"httpx", "ssl", "asyncio", "socket"})
