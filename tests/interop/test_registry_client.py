"""Clients that others wrote, against our registry: what they push we serve, what we serve they pull."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import bcrypt
import pytest

from oci.testing import build_image, build_index, layer, random_layer
from oci.transports.layout.store import LayoutStore
from tests.peers.server import ocitool_serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.peers.server import Server

    Tool = Callable[[str], Path]

pytestmark = pytest.mark.interop

IMAGE = build_image([layer({"etc/a": b"1"}), random_layer(3_000_000)], config={"Env": ["A=b"]})
INDEX = build_index(
    {"linux/amd64": IMAGE, "linux/arm64": build_image([layer({"etc/b": b"2"})], platform="linux/arm64")}
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "registry"


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    with ocitool_serve(folder) as running:
        yield running


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    INDEX.write_to(path, "v1")
    return path


def run(program: Path, *arguments: object, home: Path) -> str:
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    words = [str(program), *map(str, arguments)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_whole(store: LayoutStore, name: str = "v1") -> None:
    """The image is there under its name, with every byte."""
    assert store.open(name).content == INDEX.raw
    assert all(store.blobs.size_of(digest) == len(data) for digest, data in INDEX.blobs.items())


def test_crane(tool: Tool, server: Server, folder: Path, source: Path, tmp_path: Path) -> None:
    def crane(*arguments: object) -> str:
        return run(tool("crane"), *arguments, home=tmp_path)

    reference = f"{server.address}/crane/app:v1"
    crane("push", source, reference)
    assert_whole(LayoutStore.at(folder / "crane" / "app"))
    crane("copy", reference, f"{server.address}/crane/copy:v2")
    assert_whole(LayoutStore.at(folder / "crane" / "copy"), "v2")
    assert crane("ls", f"{server.address}/crane/copy").split() == ["v2"]
    assert crane("catalog", server.address).split() == ["crane/app", "crane/copy"]
    assert crane("digest", reference).strip() == str(INDEX.digest)
    crane("validate", "--remote", reference)
    crane("pull", "--format=oci", reference, tmp_path / "out")
    assert LayoutStore.at(tmp_path / "out").open(INDEX.digest).content == INDEX.raw
    crane("delete", reference)
    assert crane("ls", f"{server.address}/crane/app") == ""


def test_skopeo(tool: Tool, server: Server, folder: Path, source: Path, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')

    def skopeo(*arguments: object) -> str:
        return run(tool("skopeo"), "--policy", tmp_path / "policy.json", *arguments, home=tmp_path)

    reference = f"docker://{server.address}/skopeo/app:v1"
    skopeo("copy", "--all", "--dest-tls-verify=false", f"oci:{source}:v1", reference)
    assert_whole(LayoutStore.at(folder / "skopeo" / "app"))
    inspected = json.loads(skopeo("inspect", "--tls-verify=false", reference))
    assert (inspected["Digest"], inspected["RepoTags"]) == (str(INDEX.digest), ["v1"])
    skopeo("copy", "--all", "--src-tls-verify=false", reference, f"oci:{tmp_path}/out:v1")
    assert_whole(LayoutStore.at(tmp_path / "out"))
    skopeo("delete", "--tls-verify=false", reference)
    tags = json.loads(skopeo("list-tags", "--tls-verify=false", reference.removesuffix(":v1")))
    assert tags["Tags"] == []


@pytest.mark.costly
def test_regctl(tool: Tool, server: Server, folder: Path, source: Path, tmp_path: Path) -> None:
    def regctl(*arguments: object) -> str:
        return run(tool("regctl"), *arguments, home=tmp_path)

    regctl("registry", "set", "--tls", "disabled", server.address)
    # Chunks: the large layer goes up in four pieces.
    regctl("registry", "set", "--blob-chunk", 1_000_000, "--blob-max", 1_000_000, server.address)
    reference = f"{server.address}/regctl/app:v1"
    regctl("image", "copy", f"ocidir://{source}:v1", reference)
    assert_whole(LayoutStore.at(folder / "regctl" / "app"))
    (tmp_path / "file").write_text("signed")
    regctl(
        "artifact", "put", "--subject", reference, "--artifact-type", "application/x", "-f", tmp_path / "file"
    )
    listed = json.loads(regctl("artifact", "list", "--format", "{{ jsonPretty . }}", reference))
    assert [entry["artifactType"] for entry in listed["descriptors"]] == ["application/x"]
    regctl("tag", "rm", reference)
    assert regctl("tag", "ls", f"{server.address}/regctl/app") == ""


@pytest.mark.costly
def test_oras(tool: Tool, server: Server, folder: Path, tmp_path: Path) -> None:
    def oras(*arguments: object) -> str:
        return run(tool("oras"), *arguments, home=tmp_path)

    (tmp_path / "file").write_text("content")
    reference = f"{server.address}/oras/app:v1"
    for command in (["push"], ["attach", "--artifact-type", "application/x"]):
        oras(*command, "--plain-http", "--disable-path-validation", reference, tmp_path / "file")
    oras("copy", "-r", "--from-plain-http", "--to-plain-http", reference, f"{server.address}/oras/copy:v1")
    copied = LayoutStore.at(folder / "oras" / "copy")
    assert copied.open("v1").content == LayoutStore.at(folder / "oras" / "app").open("v1").content
    found = json.loads(oras("discover", "--plain-http", "--format", "json", f"{server.address}/oras/copy:v1"))
    assert [entry["artifactType"] for entry in found["referrers"]] == ["application/x"]


def test_a_login(tool: Tool, source: Path, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(f"ann:{bcrypt.hashpw(b'secret', bcrypt.gensalt(4)).decode()}\n")
    with ocitool_serve(tmp_path / "registry", "--htpasswd", str(users)) as server:
        reference = f"{server.address}/app:v1"
        with pytest.raises(AssertionError, match="401"):
            run(tool("crane"), "push", source, reference, home=tmp_path)
        run(tool("crane"), "auth", "login", "-u", "ann", "-p", "secret", server.address, home=tmp_path)
        run(tool("crane"), "push", source, reference, home=tmp_path)
        assert run(tool("crane"), "digest", reference, home=tmp_path).strip() == str(INDEX.digest)
