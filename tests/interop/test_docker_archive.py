"""Docker archives between us and the tools of others: they load what we write, and we read what they save."""

from __future__ import annotations

import gzip
import json
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import oci
from oci.settings import Settings
from oci.settings.security import Security
from oci.spec import Digest, parse_document
from oci.transports.docker_archive.source import DockerArchiveSource
from tests.interop.material import ARM, DOCKER, IMAGE, INDEX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oci.testing import Content
    from tests.interop.client import Skopeo
    from tests.interop.docker import Docker
    from tests.interop.podman import Podman

pytestmark = pytest.mark.interop

CONTEXT = oci.Context(settings=Settings(security=Security.PLAIN))
LOADABLE = {"oci": IMAGE, "docker": DOCKER, "zstd": ARM, "index": INDEX}
GZIPPED = {name: content for name, content in LOADABLE.items() if content is not ARM}
"""What Docker 20.10 can read, too."""


def image_id(content: Content) -> str:
    """What loaders call the image for this machine: the digest of its configuration."""
    one = content.parts[0] if content.parts else content
    return one.leaves[0].descriptor.digest.encoded


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def written(content: Content, name: str, *, path: Path | None = None) -> Path:
        """Copy an image into an archive of ours."""
        content.write_to(tmp_path / "layout", "x")
        path = path or tmp_path / "ours.tar"
        oci.copy(f"oci:{tmp_path}/layout:x", f"docker-archive:{path}:{name}", context=CONTEXT)
        return path

    return written


def assert_whole(path: Path) -> bytes:
    """Every part of an image can be read, verified; return its manifest."""
    source = DockerArchiveSource.at(path)
    try:
        root = source.open(None)
        for child in parse_document(root.content).children:
            with source.fetch(child) as reader:
                reader.read(limit=child.size)
    finally:
        source.close()
    return root.content


@pytest.mark.parametrize("content", LOADABLE.values(), ids=LOADABLE)
def test_podman_loads_what_we_write(content: Content, podman: Podman, written: Callable[..., Path]) -> None:
    name = f"localhost/written-{secrets.token_hex(4)}:1"
    path = written(content, name)
    loaded = podman.run("load", "-i", path).decode()
    assert name in loaded
    assert podman.image(name)["Id"] == image_id(content)


@pytest.mark.costly
@pytest.mark.parametrize("content", GZIPPED.values(), ids=GZIPPED)
def test_docker_loads_what_we_write(content: Content, docker: Docker, written: Callable[..., Path]) -> None:
    name = f"written-{secrets.token_hex(4)}:1"
    assert name in docker.run("load", "-i", written(content, name)).decode()
    (found,) = json.loads(docker.run("image", "inspect", name))
    assert found["Id"] == f"sha256:{image_id(content)}"


@pytest.mark.costly
def test_docker_of_before_zstd_refuses_it(docker: Docker, written: Callable[..., Path]) -> None:
    name = f"refused-{secrets.token_hex(4)}:1"
    done = docker.attempt("load", "-i", written(ARM, name))
    assert done.returncode != 0
    assert b"ApplyLayer" in done.stderr
    assert docker.attempt("image", "inspect", name).returncode != 0


@pytest.mark.parametrize("transport", ["docker-archive", "oci-archive"])
def test_podman_loads_what_we_write_into_its_standard_input(
    transport: str, podman: Podman, tmp_path: Path
) -> None:
    IMAGE.write_to(tmp_path / "layout", "x")
    name = f"localhost/piped-{secrets.token_hex(4)}:1"
    words = ("copy", f"oci:{tmp_path}/layout:x", f"{transport}:/dev/stdout:{name}")
    with subprocess.Popen([sys.executable, "-m", "ocitool", *words], stdout=subprocess.PIPE) as ours:
        loaded = podman.fed(ours.stdout, "load")
    assert (ours.returncode, loaded.returncode) == (0, 0), loaded.stderr
    assert podman.image(name)["Id"] == image_id(IMAGE)


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive", "docker-dir", "oci-dir"])
def test_what_podman_saves_is_read(
    form: str, podman: Podman, written: Callable[..., Path], tmp_path: Path
) -> None:
    name = f"localhost/saved-{secrets.token_hex(4)}:1"
    podman.run("load", "-i", written(IMAGE, name))
    podman.run("save", "--format", form, "-o", tmp_path / "saved", name)
    transport = {"docker-dir": "dir", "oci-dir": "oci"}.get(form, form)
    target = f"oci:{tmp_path}/target:1"
    oci.copy(f"{transport}:{tmp_path}/saved", target, context=CONTEXT)
    assert Digest.of(oci.raw_config(target, context=CONTEXT)).encoded == image_id(IMAGE)
    if form == "docker-archive":
        assert list(oci.list_tags(f"docker-archive:{tmp_path}/saved", context=CONTEXT).tags) == [name]


def test_several_images_that_podman_saves_are_told_apart(
    podman: Podman, written: Callable[..., Path], tmp_path: Path
) -> None:
    names = [f"localhost/many-{secrets.token_hex(4)}:{number}" for number in range(2)]
    for name, content in zip(names, (IMAGE, DOCKER), strict=True):
        podman.run("load", "-i", written(content, name, path=tmp_path / f"{image_id(content)}.tar"))
    podman.run("save", "-m", "-o", tmp_path / "many.tar", *names)
    assert sorted(oci.list_tags(f"docker-archive:{tmp_path}/many.tar", context=CONTEXT).tags) == sorted(names)
    for name, content in zip(names, (IMAGE, DOCKER), strict=True):
        config = oci.raw_config(f"docker-archive:{tmp_path}/many.tar:{name}", context=CONTEXT)
        assert Digest.of(config).encoded == image_id(content)


@pytest.mark.parametrize("content", LOADABLE.values(), ids=LOADABLE)
def test_skopeo_reads_what_we_write(
    content: Content, skopeo: Skopeo, written: Callable[..., Path], tmp_path: Path
) -> None:
    name = "registry.example/team/app:1"
    path = written(content, name)
    assert json.loads(skopeo.run("list-tags", f"docker-archive:{path}"))["Tags"] == [name]
    skopeo.run("--insecure-policy", "copy", f"docker-archive:{path}:{name}", f"oci:{tmp_path}/theirs:x")
    config = skopeo.run("inspect", "--config", "--raw", f"docker-archive:{path}")
    assert Digest.of(config).encoded == image_id(content)


@pytest.mark.parametrize("pack", [None, gzip.compress])
def test_what_skopeo_writes_has_the_digest_that_skopeo_gives_it(
    pack: Callable[[bytes], bytes] | None, skopeo: Skopeo, tmp_path: Path
) -> None:
    IMAGE.write_to(tmp_path / "layout", "x")
    path = tmp_path / "theirs.tar"
    skopeo.run("--insecure-policy", "copy", f"oci:{tmp_path}/layout:x", f"docker-archive:{path}:app:1")
    raw = skopeo.run("inspect", "--raw", f"docker-archive:{path}")
    if pack is not None:  # which skopeo 1.9 fails to read
        path.write_bytes(pack(path.read_bytes()))
    assert assert_whole(path) == raw
    # The classic way of naming layers, by links, is in the same archive.
    oci.copy(f"docker-archive:{path}:app:1", f"docker-archive:{tmp_path}/again.tar:app:2", context=CONTEXT)
    skopeo.run("inspect", f"docker-archive:{tmp_path}/again.tar:app:2")
