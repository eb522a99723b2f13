"""Archives between us and clients of registries that write and read them, too: crane and regctl."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

import oci
from oci.settings import Security, Settings
from tests.interop.material import DOCKER, IMAGE, INDEX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oci.testing import Content
    from tests.interop.client import Crane, Regctl
    from tests.interop.conftest import Registries

pytestmark = pytest.mark.interop

NAME = "localhost/app:1"
CONTEXT = oci.Context(settings=Settings(security=Security.PLAIN))


@pytest.fixture
def reference(registries: Registries) -> str:
    return f"{registries.address('docker-registry')}/archives/{secrets.token_hex(4)}:v1"


@pytest.fixture
def put(tmp_path: Path) -> Callable[[Content, str], None]:
    """Return a function that copies an image to a place."""

    def put(content: Content, name: str) -> None:
        content.write_to(tmp_path / "material", "x")
        oci.copy(f"oci:{tmp_path}/material:x", name, context=CONTEXT)

    return put


@pytest.mark.parametrize("content", [IMAGE, DOCKER], ids=["oci", "docker"])
def test_we_read_the_archives_of_crane(
    content: Content, crane: Crane, put: Callable[..., None], reference: str, tmp_path: Path
) -> None:
    put(content, f"docker://{reference}")
    for form in ("tarball", "legacy"):
        crane.run("pull", f"--format={form}", reference, tmp_path / f"{form}.tar")
    name = f"docker-archive:{tmp_path}/tarball.tar"
    assert oci.raw_config(name, context=CONTEXT) == content.leaves[0].data
    assert oci.list_tags(name, context=CONTEXT).tags == (reference,)
    # Every part of it can be read, and is what its digest says.
    assert oci.copy(name, f"oci:{tmp_path}/read:x", context=CONTEXT).documents
    # The older form has a configuration of its own; the layers are the same.
    found = oci.inspect(f"docker-archive:{tmp_path}/legacy.tar", context=CONTEXT)
    assert len(found.layers) == len(content.leaves) - 1


@pytest.mark.parametrize("content", [IMAGE, DOCKER], ids=["oci", "docker"])
def test_crane_pushes_our_archives(
    content: Content, crane: Crane, put: Callable[..., None], reference: str, tmp_path: Path
) -> None:
    put(content, f"docker-archive:{tmp_path}/ours.tar:{NAME}")
    crane.run("push", tmp_path / "ours.tar", reference)
    assert oci.raw_config(f"docker://{reference}", context=CONTEXT) == content.leaves[0].data
    crane.run("validate", "--tarball", tmp_path / "ours.tar")


@pytest.mark.costly
@pytest.mark.parametrize("content", [IMAGE, INDEX], ids=["image", "index"])
def test_regctl_and_we_read_each_others_archives_with_all_bytes(
    content: Content, regctl: Regctl, put: Callable[..., None], reference: str, tmp_path: Path
) -> None:
    put(content, f"docker://{reference}")
    (tmp_path / "theirs.tar").write_bytes(regctl.on(reference, "image", "export", reference))
    for transport in ("oci-archive", *(["docker-archive"] if content is IMAGE else [])):
        assert oci.raw_manifest(f"{transport}:{tmp_path}/theirs.tar", context=CONTEXT) == content.raw
    put(content, f"docker-archive:{tmp_path}/ours.tar:{NAME}")
    regctl.on(reference, "image", "import", f"{reference}-ours", tmp_path / "ours.tar")
    assert oci.raw_manifest(f"docker://{reference}-ours", context=CONTEXT) == content.raw
