"""``ocitool sync`` between registries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.testing import ScriptedRegistry, build_image, fault, random_layer
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.testing import Content

PLAIN = ("--src-tls-verify=false", "--dest-tls-verify=false")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    """Return a second registry."""
    with ScriptedRegistry(tmp_path / "other") as running:
        yield running


def put(registry: ScriptedRegistry, repository: str, *tags: str) -> dict[str, Content]:
    base = random_layer(5000, seed=99)
    images = {tag: build_image([base, random_layer(500, seed=n)]) for n, tag in enumerate(tags)}
    for tag, image in images.items():
        registry.put(repository, image, tag)
    return images


def test_a_repository_goes_to_another_registry_and_is_left_alone_then(
    registry: ScriptedRegistry, other: ScriptedRegistry, tmp_path: Path
) -> None:
    images = put(registry, "team/app", "1.0", "1.1", "2.0")
    names = (f"{registry.host}/team/app", f"{other.host}/mirror")
    arguments = ("sync", *PLAIN, "--src", "docker", "--dest", "docker")
    done = ocitool(*arguments, "--report", str(tmp_path / "report"), *names)
    assert (done.returncode, done.stdout.splitlines()[-1][:8]) == (0, "3 copied")
    assert {tag: other.content("mirror/app", tag) for tag in images} == {
        tag: image.raw for tag, image in images.items()
    }
    report = json.loads((tmp_path / "report").read_text())
    assert report["Sum"]["Counts"]["copied"] == 3
    assert sorted(image["Destination"] for image in report["Images"]) == [
        f"docker://{other.host}/mirror/app:{tag}" for tag in images
    ]
    asked = len(registry.asked("*", "*")), len(other.asked("*", "*"))
    done = ocitool(*arguments, *names)
    assert done.stdout == "3 unchanged; 1 place\n"
    # A ping, the list of tags, and one HEAD for each of them: nothing else, on either side.
    assert [len(registry.asked("*", "*")) - asked[0], len(other.asked("*", "*")) - asked[1]] == [5, 5]
    assert len(registry.asked("HEAD", "*/manifests/*")) == len(other.asked("HEAD", "*/manifests/*")) == 3


def test_filters_choose_among_the_tags(registry: ScriptedRegistry, other: ScriptedRegistry) -> None:
    put(registry, "app", "latest", "1.0", "1.9", "1.10", "2.0-rc1")
    names = (f"docker://{registry.host}/app", f"docker://{other.host}/to")
    assert ocitool("sync", *PLAIN, "--newest", "2", "--semver", ">=1", *names).returncode == 0
    assert sorted(other.layout("to/app").names()) == ["1.10", "1.9"]


def test_a_bad_expression_moves_nothing(registry: ScriptedRegistry, other: ScriptedRegistry) -> None:
    put(registry, "app", "1")
    names = (f"docker://{registry.host}/app", f"docker://{other.host}/to")
    done = ocitool("sync", *PLAIN, "--include", "(", *names)
    assert done.returncode == 64
    assert "'(' is not a regular expression" in done.stderr
    assert not other.asked("*", "*")


def test_one_bad_image_fails_alone_when_the_others_are_to_go_on(
    registry: ScriptedRegistry, other: ScriptedRegistry, tmp_path: Path
) -> None:
    images = put(registry, "app", "1", "2", "3")
    registry.script(fault.answer(404), path="*/manifests/2")
    names = (f"docker://{registry.host}/app", f"docker://{other.host}/to")
    done = ocitool("sync", *PLAIN, "--keep-going", "--report", str(tmp_path / "report"), *names)
    assert done.returncode == 1
    assert other.content("to/app", "3") == images["3"].raw
    report = json.loads((tmp_path / "report").read_text())
    assert {image["Source"][-1]: image["Verdict"] for image in report["Images"]} == {
        "1": "copied",
        "2": "failed",
        "3": "copied",
    }
    assert report["Sum"]["Succeeded"] is False


def test_images_are_signed_and_the_account_says_so(
    registry: ScriptedRegistry, other: ScriptedRegistry, tmp_path: Path
) -> None:
    put(registry, "team/app", "1", "2")
    secret = {"COSIGN_PASSWORD": "secret"}
    assert ocitool("generate-key-pair", cwd=tmp_path, env=secret).returncode == 0
    names = (f"docker://{registry.host}/team/app", f"docker://{other.host}/mirror")
    words = ("sync", *PLAIN, "--sign-by-sigstore-private-key", "cosign.key")

    def account(*options: str) -> str:
        done = ocitool(*words, *options, *names, cwd=tmp_path, env=secret)
        assert done.returncode == 0, done.stderr
        return done.stdout

    plan = account("--dry-run").splitlines()
    assert [line.rpartition(" (")[2] for line in plan[:2]] == ["1 signature)"] * 2
    assert plan[2] == "2 would be copied, 2 signatures; 1 place"
    assert account("--report", "report").splitlines()[2].endswith(", 2 signatures; 1 place")
    report = json.loads((tmp_path / "report").read_text())
    assert [image["Signatures"] for image in report["Images"]] == [1, 1] and report["Sum"]["Signatures"] == 2
    assert account() == "2 unchanged; 1 place\n"
    verified = ocitool(
        "verify", "--key", "cosign.pub", "--tls-verify=false", f"{other.host}/mirror/app:1", cwd=tmp_path
    )
    assert verified.returncode == 0, verified.stderr


def test_signing_by_two_ways_at_once_is_refused(registry: ScriptedRegistry, other: ScriptedRegistry) -> None:
    names = (f"docker://{registry.host}/team/app", f"docker://{other.host}/mirror")
    done = ocitool("sync", "--sign-by", "0" * 40, "--sign-by-sigstore-private-key", "key", *names)
    assert done.returncode == 64
    assert "one way of signing at a time" in done.stderr
    assert not registry.asked()


def test_a_list_that_cannot_be_read_is_a_failure(registry: ScriptedRegistry, other: ScriptedRegistry) -> None:
    put(registry, "app", "1")
    registry.script(fault.answer(403), path="*/tags/list")
    names = (f"docker://{registry.host}/app", f"docker://{other.host}/to")
    done = ocitool("sync", *PLAIN, "--keep-going", *names)
    assert done.returncode == 1
    assert f"failed docker://{registry.host}/app: list" in done.stdout
