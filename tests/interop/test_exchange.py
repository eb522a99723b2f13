"""Each client of others with each registry: what it writes we read, and the other way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.transports.layout.store import LayoutStore
from tests.interop.client import Crane, Oras, Reader, Regctl
from tests.interop.material import ARTIFACT, DOCKER_LIST, IMAGE, INDEX, SHA512, assert_whole

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content
    from tests.interop.client import Client, Ours
    from tests.interop.conftest import Registries

pytestmark = pytest.mark.interop


@pytest.fixture(params=[IMAGE, INDEX], ids=["image", "index"])
def content(request: pytest.FixtureRequest, client: Client) -> Content:
    """Return a single image, and an index of two platforms; an engine for single images gets those twice."""
    chosen: Content = request.param
    return chosen if client.keeps_indexes else chosen.documents[0]


def test_we_read_what_they_push(
    client: Client, ours: Ours, repository: str, content: Content, tmp_path: Path
) -> None:
    content.write_to(tmp_path / "from", "v1")
    client.push(tmp_path / "from", "v1", f"{repository}:v1")
    assert ours.raw(f"{repository}:v1") == content.raw
    said = json.loads(ours.run("inspect", "--tls-verify=false", f"docker://{repository}:v1"))
    assert (said["Name"], said["Digest"]) == (repository, str(content.digest))
    ours.pull(f"{repository}:v1", tmp_path / "to", "v1")
    assert_whole(LayoutStore.at(tmp_path / "to"), content)
    ours.copy(f"{repository}:v1", f"{repository}-copy:v1")
    assert ours.raw(f"{repository}-copy:v1") == content.raw


def test_they_read_what_we_push(
    client: Client, ours: Ours, repository: str, content: Content, tmp_path: Path
) -> None:
    content.write_to(tmp_path / "from", "v1")
    ours.push(tmp_path / "from", "v1", f"{repository}:v1")
    client.pull(f"{repository}:v1", tmp_path / "to", "v1")
    assert_whole(LayoutStore.at(tmp_path / "to"), content)
    client.copy(f"{repository}:v1", f"{repository}-copy:v1")
    assert ours.raw(f"{repository}-copy:v1") == content.raw
    if isinstance(client, Reader):
        assert client.raw(f"{repository}:v1") == content.raw


def test_we_read_the_layouts_they_write(
    client: Client, ours: Ours, registries: Registries, content: Content, tmp_path: Path
) -> None:
    repository = f"{registries.address('ocitool')}/layouts/{client.name}"
    content.write_to(tmp_path / "from", "v1")
    ours.push(tmp_path / "from", "v1", f"{repository}:v1")
    client.pull(f"{repository}:v1", tmp_path / "theirs", "v1")
    # oras lists the images of an index beside it, so its name is needed.
    name = f"oci:{tmp_path}/theirs" + (":v1" if client.names_in_layouts else "")
    assert ours.run("inspect", "--raw", name) == content.raw
    ours.run("copy", "--all", name, f"oci-archive:{tmp_path}/a.tar:v1")
    assert ours.run("inspect", "--raw", f"oci-archive:{tmp_path}/a.tar:v1") == content.raw


def test_docker_media_types_stay(client: Client, ours: Ours, repository: str, tmp_path: Path) -> None:
    """Between registries, since layouts of others turn Docker's types into the specs'."""
    content = DOCKER_LIST if client.keeps_indexes else DOCKER_LIST.parts[0]
    content.write_to(tmp_path / "from", "v1")
    ours.push(tmp_path / "from", "v1", f"{repository}:v1")
    client.copy(f"{repository}:v1", f"{repository}-theirs:v1")
    ours.copy(f"{repository}-theirs:v1", f"{repository}-ours:v1")
    assert ours.raw(f"{repository}-ours:v1") == content.raw


@pytest.mark.parametrize(
    "client",
    [Crane, *(pytest.param(kind, marks=pytest.mark.costly) for kind in (Oras, Regctl))],
    ids=lambda kind: kind.name,
    indirect=True,
)
def test_artifacts_without_a_subject(client: Client, ours: Ours, repository: str, tmp_path: Path) -> None:
    """Skopeo and its engine are not asked: they copy images only."""
    ARTIFACT.write_to(tmp_path / "from", "v1")
    ours.push(tmp_path / "from", "v1", f"{repository}:v1")
    client.copy(f"{repository}:v1", f"{repository}-theirs:v1")
    ours.pull(f"{repository}-theirs:v1", tmp_path / "to", "v1")
    assert_whole(LayoutStore.at(tmp_path / "to"), ARTIFACT)


@pytest.mark.costly
@pytest.mark.parametrize("client", [Oras, Regctl], ids=lambda kind: kind.name, indirect=True)
@pytest.mark.parametrize("repository", ["ocitool", "olareg"], indirect=True)
def test_sha512(client: Reader, ours: Ours, repository: str, tmp_path: Path) -> None:
    """By digest: under a tag the registry chooses the algorithm. crane and skopeo 1.9 know sha256 alone."""
    by_digest = f"{repository}@{SHA512.digest}"
    SHA512.write_to(tmp_path / "from", "v1")
    ours.push(tmp_path / "from", "v1", by_digest)
    assert client.raw(by_digest) == SHA512.raw
    client.copy(by_digest, f"{repository}-theirs@{SHA512.digest}")
    ours.pull(f"{repository}-theirs@{SHA512.digest}", tmp_path / "to", "v1")
    assert_whole(LayoutStore.at(tmp_path / "to"), SHA512)


def test_crane_finds_our_copies_valid(crane: Crane, ours: Ours, repository: str, tmp_path: Path) -> None:
    """It fetches every blob and checks digests, sizes and DiffIDs, of gzip layers: it knows no zstd."""
    for name, content in (("gzip", DOCKER_LIST), ("v1", INDEX)):
        content.write_to(tmp_path / "from", name)
        ours.push(tmp_path / "from", name, f"{repository}:{name}")
    crane.run("validate", "--remote", f"{repository}:gzip")
    assert crane.run("digest", f"{repository}:v1").decode().strip() == str(INDEX.digest)
    assert crane.run("ls", repository).split() == [b"gzip", b"v1"]
    config = crane.run("config", "--platform", "linux/arm64", f"{repository}:v1")
    assert config == INDEX.parts[1].leaves[0].data
