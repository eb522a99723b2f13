"""Container engines by others: what ours gives them they show and run, what they save ours reads."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

import oci
from oci.frozen import replace
from oci.settings import Daemon, Settings
from oci.testing import build_image, layer
from oci.transfer import Outcome
from tests.interop.material import ARM, DOCKER, IMAGE, INDEX

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from oci.testing import Content
    from tests.interop.docker import Docker
    from tests.interop.podman import Podman

pytestmark = pytest.mark.interop

EXIT_CODE = 42


def _program() -> bytes:
    """Return a program for Linux on amd64 that does nothing but end with `EXIT_CODE`."""
    code = bytes.fromhex("bf2a000000 b83c000000 0f05")  # mov edi, 42; mov eax, 60 (exit); syscall
    base, start = 0x400000, 64 + 56
    head = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, base + start, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    size = start + len(code)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000)
    return b"\x7fELF" + bytes([2, 1, 1]) + bytes(9) + head + segment + code


RUNNABLE = build_image([layer({"end": _program()}, modes={"end": 0o755})], config={"Entrypoint": ["/end"]})


@pytest.fixture
def context(podman: Podman) -> oci.Context:
    return oci.Context(settings=Settings(daemon=Daemon(host=podman.host)))


@pytest.fixture
def put(context: oci.Context, tmp_path: Path) -> Callable[[Content, str], oci.CopyResult]:
    """Return a function that copies an image to a place."""

    def put(content: Content, name: str) -> oci.CopyResult:
        content.write_to(tmp_path / "from", "x")
        return oci.copy(f"oci:{tmp_path}/from:x", name, context=context)

    return put


def config_of(content: Content) -> bytes:
    return content.leaves[0].data


@pytest.mark.parametrize("content", [IMAGE, ARM, DOCKER], ids=["gzip", "zstd", "docker"])
def test_podman_shows_what_its_service_was_given(
    content: Content, podman: Podman, put: Callable[..., oci.CopyResult], context: oci.Context
) -> None:
    name = f"localhost/given:{content.digest.encoded[:12]}"
    put(content, f"docker-daemon:{name}")
    assert podman.image(name)["Id"] == content.leaves[0].descriptor.digest.encoded
    if content is not ARM:  # podman 4.3 saves no image with zstd layers in Docker's format
        assert oci.raw_config(f"docker-daemon:{name}", context=context) == config_of(content)
    again = put(content, f"docker-daemon:{name}-again")
    assert {blob.outcome for blob in again.blobs} == {Outcome.SKIPPED}
    assert podman.image(f"{name}-again")["Id"] == podman.image(name)["Id"]


@pytest.mark.parametrize("way", ["docker-daemon:", "docker-archive", "oci-archive", "oci", "dir"])
def test_podman_runs_what_we_gave_it(
    way: str, podman: Podman, put: Callable[..., oci.CopyResult], tmp_path: Path
) -> None:
    name = f"localhost/run/{way.strip(':')}:1"
    if way == "docker-daemon:":
        put(RUNNABLE, f"{way}{name}")
    elif way.endswith("archive"):
        put(RUNNABLE, f"{way}:{tmp_path}/image.tar:{name}")
        podman.run("load", "--quiet", "-i", tmp_path / "image.tar")
    else:
        put(RUNNABLE, f"{way}:{tmp_path}/image")
        pulled = podman.run("pull", "--quiet", f"{way}:{tmp_path}/image").decode().strip()
        podman.run("tag", pulled, name)
    assert podman.image(name)["Id"] == RUNNABLE.leaves[0].descriptor.digest.encoded
    assert podman.exit_code_of(name) == EXIT_CODE


def test_the_image_of_a_platform_goes_to_an_engine(
    podman: Podman, context: oci.Context, tmp_path: Path
) -> None:
    INDEX.write_to(tmp_path / "from", "x")
    options = oci.CopyOptions(selection=oci.Instance(oci.Platform("linux", "arm64")))
    name = "localhost/platform:1"
    oci.copy(f"oci:{tmp_path}/from:x", f"docker-daemon:{name}", options=options, context=context)
    assert podman.image(name)["Architecture"] == "arm64"


@pytest.mark.parametrize("form", ["docker-archive", "oci-archive", "oci-dir", "docker-dir"])
def test_we_read_what_podman_saves(
    form: str, podman: Podman, put: Callable[..., oci.CopyResult], context: oci.Context, tmp_path: Path
) -> None:
    name = f"localhost/saved/{form}:1"
    put(IMAGE, f"docker-daemon:{name}")
    podman.run("save", "--quiet", f"--format={form}", "-o", tmp_path / "saved", name)
    transport = {"oci-dir": "oci", "docker-dir": "dir"}.get(form, form)
    found = oci.inspect(f"{transport}:{tmp_path}/saved", context=context)
    assert [one.digest for one in found.layers]
    # To save as OCI or from an archive, podman writes the configuration anew; what it says is the same.
    assert found.labels == {"who": "<me> & you"}
    if form.startswith("docker"):
        assert oci.raw_config(f"{transport}:{tmp_path}/saved", context=context) == config_of(IMAGE)


def test_what_podman_built_comes_out_whole(podman: Podman, context: oci.Context, tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text(
        "FROM scratch\nCOPY file /a/\nLABEL by=podman\n", encoding="utf-8"
    )
    (tmp_path / "file").write_bytes(b"content")
    podman.run("build", "--quiet", "--isolation=chroot", "-t", "localhost/built:1", tmp_path)
    oci.copy("docker-daemon:localhost/built:1", f"oci:{tmp_path}/out:x", context=context)
    found = oci.inspect(f"oci:{tmp_path}/out:x", context=context)
    assert found.labels is not None
    assert found.labels["by"] == "podman"
    config = oci.raw_config(f"oci:{tmp_path}/out:x", context=context)
    assert oci.raw_config("docker-daemon:localhost/built:1", context=context) == config


@pytest.mark.costly
@pytest.mark.parametrize("content", [IMAGE, DOCKER, RUNNABLE], ids=["gzip", "docker", "runnable"])
def test_docker_shows_what_it_was_given(
    content: Content, docker: Docker, context: oci.Context, tmp_path: Path
) -> None:
    settings = replace(context.settings or Settings(), daemon=Daemon(host=docker.host))
    context = replace(context, settings=settings)
    content.write_to(tmp_path / "from", "x")
    name = f"given:{content.digest.encoded[:12]}"
    oci.copy(f"oci:{tmp_path}/from:x", f"docker-daemon:{name}", context=context)
    identity = docker.run("image", "inspect", "--format", "{{.Id}}", name).decode().strip()
    assert identity == str(content.leaves[0].descriptor.digest)
    oci.copy(f"docker-daemon:{name}", f"dir:{tmp_path}/back", context=context)
    assert oci.raw_config(f"dir:{tmp_path}/back", context=context) == config_of(content)
    docker.run("save", "-o", tmp_path / "saved.tar", name)
    assert oci.raw_config(f"docker-archive:{tmp_path}/saved.tar", context=context) == config_of(content)
    oci.copy(f"oci:{tmp_path}/from:x", f"docker-archive:{tmp_path}/ours.tar:{name}-2", context=context)
    docker.run("load", "-i", tmp_path / "ours.tar")
    assert docker.run("image", "inspect", "--format", "{{.Id}}", f"{name}-2").decode().strip() == identity
