"""Attached artifacts: what others attach we copy, and what we copy they find.

Debian's registry and distribution v3 have no referrers API: there the fallback tag carries the list.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from oci.testing import build_artifact
from oci.transports.layout.store import LayoutStore
from tests.interop.client import Oras, Regctl
from tests.interop.material import IMAGE, INDEX, assert_whole

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content
    from tests.interop.client import Client, Crane, Ours, Skopeo
    from tests.interop.conftest import Registries

pytestmark = pytest.mark.interop

PLAIN = ("--src-tls-verify=false", "--dest-tls-verify=false")
KIND = "application/vnd.example.sbom"
SERVERS = ["docker-registry", "ocitool", "registry", "olareg"]


def attached(subject: Content) -> Content:
    return build_artifact(KIND, b"sbom", subject=subject.root, annotations={"by": "us"})


def attach(client: Client, reference: str, file: Path) -> None:
    """Attach a file by the client's own means."""
    if isinstance(client, Regctl):
        subject = ("--subject", reference)
        client.on(reference, "artifact", "put", *subject, "--artifact-type", KIND, "-f", file)
    else:
        plain = ("--plain-http", "--disable-path-validation")
        client.run("attach", *plain, "--artifact-type", KIND, reference, file)


def listed(client: Client, reference: str) -> list[tuple[str, str]]:
    """Return artifact types and digests of what is attached, as the client sees it."""
    if isinstance(client, Regctl):
        said = json.loads(client.on(reference, "artifact", "list", "--format", "{{ json . }}", reference))
        found = said["descriptors"]
    else:
        said = json.loads(client.run("discover", "--plain-http", "--format", "json", "--depth", 1, reference))
        found = said["referrers"]
    return [(entry["artifactType"], entry["digest"]) for entry in found]


both = pytest.mark.parametrize("client", [Oras, Regctl], ids=lambda kind: kind.name, indirect=True)


@pytest.mark.costly
@both
@pytest.mark.parametrize("content", [IMAGE, INDEX], ids=["image", "index"])
@pytest.mark.parametrize("repository", SERVERS, indirect=True)
def test_they_see_what_we_attach(
    client: Client, ours: Ours, repository: str, content: Content, tmp_path: Path
) -> None:
    artifact = attached(content)
    content.write_to(tmp_path / "from", "v1")
    artifact.write_to(tmp_path / "from", "sbom")
    source = f"oci:{tmp_path}/from:v1"
    ours.run("copy", "--all", "--referrers", *PLAIN, source, f"docker://{repository}:v1")
    assert listed(client, f"{repository}:v1") == [(KIND, str(artifact.digest))]


@pytest.mark.costly
@both
@pytest.mark.parametrize("destination", ["docker-registry", "ocitool"])
@pytest.mark.parametrize("repository", SERVERS, indirect=True)
def test_we_copy_what_they_attach(
    *, client: Client, ours: Ours, repository: str, registries: Registries, destination: str, tmp_path: Path
) -> None:
    """To a registry with the API and to one without, from either; and they find it there."""
    IMAGE.write_to(tmp_path / "from", "v1")
    ours.push(tmp_path / "from", "v1", f"{repository}:v1")
    for text in ("one", "two"):
        (tmp_path / text).write_text(text)
        attach(client, f"{repository}:v1", tmp_path / text)
    there = listed(client, f"{repository}:v1")
    assert [kind for kind, _ in there] == [KIND, KIND]
    copy = f"{registries.address(destination)}/copies/{repository.rpartition('/')[2]}-{destination}:v1"
    ours.run("copy", "--referrers", *PLAIN, f"docker://{repository}:v1", f"docker://{copy}")
    assert sorted(listed(client, copy)) == sorted(there)


@pytest.mark.costly
@both
@pytest.mark.parametrize("repository", SERVERS, indirect=True)
def test_they_and_we_attach_to_the_same_image(
    client: Client, ours: Ours, repository: str, tmp_path: Path
) -> None:
    """Neither loses what the other has put into the list."""
    artifact = attached(IMAGE)
    IMAGE.write_to(tmp_path / "from", "v1")
    artifact.write_to(tmp_path / "from", "sbom")
    (tmp_path / "file").write_text("theirs")
    ours.push(tmp_path / "from", "v1", f"{repository}:v1")
    attach(client, f"{repository}:v1", tmp_path / "file")
    source = f"oci:{tmp_path}/from:v1"
    ours.run("copy", "--referrers", *PLAIN, source, f"docker://{repository}:v1")
    (tmp_path / "file").write_text("theirs again")
    attach(client, f"{repository}:v1", tmp_path / "file")
    found = {digest for _, digest in listed(client, f"{repository}:v1")}
    assert len(found) == 3
    assert str(artifact.digest) in found


@pytest.mark.parametrize("repository", ["docker-registry"], indirect=True)
def test_crane_reads_the_list_under_the_fallback_tag(
    crane: Crane, ours: Ours, repository: str, tmp_path: Path
) -> None:
    artifact = attached(IMAGE)
    IMAGE.write_to(tmp_path / "from", "v1")
    artifact.write_to(tmp_path / "from", "sbom")
    source = f"oci:{tmp_path}/from:v1"
    ours.run("copy", "--referrers", *PLAIN, source, f"docker://{repository}:v1")
    assert crane.raw(f"{repository}@{artifact.digest}") == artifact.raw
    links = json.loads(crane.raw(f"{repository}:sha256-{IMAGE.digest.encoded}"))["manifests"]
    assert [(link["artifactType"], link["digest"]) for link in links] == [(KIND, str(artifact.digest))]
    ours.run("copy", "--referrers", *PLAIN, f"docker://{repository}:v1", f"oci:{tmp_path}/to:v1")
    assert_whole(LayoutStore.at(tmp_path / "to"), artifact)


@pytest.mark.parametrize("suffix", ["sig", "att", "sbom"])
def test_tags_in_the_manner_of_cosign(
    *, crane: Crane, skopeo: Skopeo, ours: Ours, registries: Registries, suffix: str, tmp_path: Path
) -> None:
    """What crane wrote under such a tag goes along, and skopeo reads it at the other end."""
    tag = f"sha256-{IMAGE.digest.encoded}.{suffix}"
    signature = build_artifact("application/vnd.dev.cosign.artifact.sig.v1+json", suffix.encode())
    here = f"{registries.address('docker-registry')}/cosign/{suffix}"
    there = f"{registries.address('ocitool')}/cosign/{suffix}"
    for name, content in (("v1", IMAGE), (tag, signature)):
        content.write_to(tmp_path / name, name)
        crane.push(tmp_path / name, name, f"{here}:{name}")
    ours.run("copy", "--referrers", *PLAIN, f"docker://{here}:v1", f"docker://{there}:v1")
    assert skopeo.raw(f"{there}:{tag}") == signature.raw
    assert set(crane.run("ls", there).decode().split()) == {"v1", tag}
