"""``ocitool tree``: the picture on the screen, and what it costs."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from oci.spec.attachment import cosign_tag
from oci.testing import build_artifact, fault
from tests.integration.cli.process import ocitool

if TYPE_CHECKING:
    from oci.testing import Content, ScriptedRegistry

PLAIN = "--tls-verify=false"
UTF8 = {"LC_ALL": "C.UTF-8"}


@pytest.fixture
def name(registry: ScriptedRegistry, index: Content, image: Content) -> str:
    registry.put("app", index, "1")
    registry.put("app", build_artifact("application/spdx+json", b"{}", subject=index.root))
    registry.put("app", image, cosign_tag(index.digest, "sig"))
    return f"docker://{registry.host}/app:1"


def test_the_picture(name: str, index: Content) -> None:
    done = ocitool("tree", PLAIN, name, env=UTF8)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == name
    assert lines[1].startswith(f"index  sha256:{index.digest.encoded[:12]}  ")
    assert lines[2].startswith("├── linux/amd64 image  ")
    assert lines[3].startswith("│   ├── config  ")
    assert any(line.startswith("└── attached: ") for line in lines)
    assert any("tag sha256-" in line and "....sig" in line for line in lines)


@pytest.mark.parametrize(("words", "env"), [(["--ascii"], UTF8), ([], {"LC_ALL": "de_DE.ISO-8859-1"})])
def test_ascii_where_it_is_wished_for_or_needed(name: str, words: list[str], env: dict[str, str]) -> None:
    done = ocitool("tree", PLAIN, name, *words, env=env)
    assert done.stdout.isascii()
    assert "|-- linux/arm64 image" in done.stdout


def test_limits_on_the_picture(name: str, index: Content) -> None:
    done = ocitool("tree", PLAIN, "--width", "1", "--depth", "1", "--no-trunc", name, env=UTF8)
    lines = done.stdout.splitlines()
    assert str(index.digest) in lines[1]
    assert lines[2].endswith("(not followed)")
    assert "... 2 more, " in done.stdout
    assert "linux/arm64" not in done.stdout


def test_each_document_is_asked_for_once(registry: ScriptedRegistry, name: str) -> None:
    assert ocitool("tree", PLAIN, name).returncode == 0
    asked = Counter(exchange.path for exchange in registry.asked("GET", "*/manifests/*"))
    assert set(asked.values()) == {1}
    assert len(registry.asked("GET", "*/blobs/*")) == 0


def test_json_says_all_of_it(name: str, index: Content) -> None:
    tree = json.loads(ocitool("tree", PLAIN, "--format", "json", name).stdout)
    assert (tree["Kind"], tree["Digest"]) == ("index", str(index.digest))
    assert [child["Platform"] for child in tree["Children"]] == ["linux/amd64", "linux/arm64", "linux/arm/v7"]
    assert (
        sorted(one["ArtifactType"] for one in tree["Attached"])[1]
        == "application/vnd.oci.image.layer.v1.tar+gzip"
    )


def test_what_nobody_could_say_is_not_shown_as_nothing(registry: ScriptedRegistry, name: str) -> None:
    registry.script(fault.answer(500), path="/v2/app/referrers/*")
    done = ocitool("tree", PLAIN, "--retry-times=0", name)
    assert done.returncode == 0
    assert "attached: unknown (" in done.stdout


def test_nothing_is_asked_about_what_is_attached_if_nobody_wants_it(
    registry: ScriptedRegistry, name: str
) -> None:
    done = ocitool("tree", PLAIN, "--no-attached", name)
    assert "attached" not in done.stdout
    assert registry.asked("GET", "*/referrers/*") == registry.asked("GET", "*/tags/list") == []
