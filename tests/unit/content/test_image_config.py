"""What an image's configuration says of its platform, and what was asked for."""

from __future__ import annotations

import json

import pytest

from oci.content import Limits, MemoryStore
from oci.content.image_config import check_platform, read_config
from oci.errors import LimitExceeded, NotFound, PlatformMismatch
from oci.spec import ImageConfig, Manifest, Platform, parse_document
from oci.spec.media_type import DOCKER_CONFIG, OCI_CONFIG
from oci.testing import build_artifact, build_image, layer


def config(**members: str) -> ImageConfig:
    return ImageConfig.parse(json.dumps(members).encode())


@pytest.mark.parametrize(
    ("wished", "stated"),
    [
        ("linux/arm64", config(os="linux", architecture="arm64")),
        ("linux/arm64", config(os="linux", architecture="arm64", variant="v8")),
        ("linux/arm64/v8", config(os="linux", architecture="arm64")),
        ("linux/arm/v6", config(os="linux", architecture="arm")),
        ("linux/arm/v7", config(os="linux", architecture="arm", variant="v6")),
        ("linux/amd64/v3", config(os="linux", architecture="amd64")),
    ],
)
def test_what_suits_or_says_no_more_than_that_passes_in_silence(wished: str, stated: ImageConfig) -> None:
    said: list[str] = []
    check_platform(Platform.parse(wished), stated.platform, where="image", warn=said.append)
    assert said == []


@pytest.mark.parametrize(
    ("wished", "stated"),
    [
        ("linux/arm64", config(os="linux", architecture="amd64")),
        ("linux/amd64", config(os="windows", architecture="amd64")),
        ("linux/arm/v6", config(os="linux", architecture="arm", variant="v7")),
        ("linux/arm64", config(architecture="amd64")),
        ("linux/amd64", config(os="windows")),
    ],
)
def test_what_contradicts_is_refused(wished: str, stated: ImageConfig) -> None:
    said: list[str] = []
    with pytest.raises(PlatformMismatch) as caught:
        check_platform(Platform.parse(wished), stated.platform, where="image", warn=said.append)
    assert isinstance(caught.value, NotFound)
    assert (caught.value.wished, caught.value.actual) == (wished, str(stated.platform))
    assert said == []


@pytest.mark.parametrize(
    "stated",
    [
        None,
        config(),
        config(os="linux"),
        config(architecture="arm64"),
        config(os="unknown", architecture="unknown"),
    ],
    ids=["none", "empty", "os", "architecture", "unknown"],
)
def test_what_does_not_say_is_taken_with_a_warning(stated: ImageConfig | None) -> None:
    said: list[str] = []
    found = None if stated is None else stated.platform
    check_platform(Platform.parse("linux/arm64"), found, where="image", warn=said.append)
    assert said == ["image: nothing tells what platform this is for; it is taken for linux/arm64"]


@pytest.mark.parametrize("kind", [OCI_CONFIG, DOCKER_CONFIG])
def test_a_configuration_is_read_from_the_source_within_its_limit(kind: str) -> None:
    image = build_image([layer({"a": b"b"})], platform="linux/arm64", docker=kind == DOCKER_CONFIG)
    source, manifest = stored(image.raw, *(blob.data for blob in image.leaves))
    assert manifest.config.media_type == kind
    read = read_config(source, manifest, limits=Limits())
    assert read is not None
    assert read.platform == Platform("linux", "arm64")
    with pytest.raises(LimitExceeded):
        read_config(source, manifest, limits=Limits(config_bytes=manifest.config.size - 1))


def test_what_is_no_image_configuration_is_not_even_read() -> None:
    source, manifest = stored(build_artifact("application/vnd.example.thing", b"payload").raw)
    assert read_config(source, manifest, limits=Limits()) is None


def stored(raw: bytes, *blobs: bytes) -> tuple[MemoryStore, Manifest]:
    manifest = parse_document(raw)
    assert isinstance(manifest, Manifest)
    source = MemoryStore()
    for child, content in zip(manifest.children, blobs, strict=False):
        writer = source.ingest(child)
        writer.write(content)
        writer.commit()
    return source, manifest
