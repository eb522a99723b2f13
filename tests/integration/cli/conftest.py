"""A registry on loopback and images to put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci.testing import Content, ScriptedRegistry, build_image, build_index, layer, random_layer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    """Return a registry that does what a test scripts."""
    with ScriptedRegistry(tmp_path / "registry") as running:
        yield running


@pytest.fixture(scope="session")
def image() -> Content:
    """Return an image for linux/amd64."""
    return build_image(
        [layer({"etc/os-release": b"ID=test\n"}), random_layer(200_000, seed=1)],
        config={"Labels": {"who": "<me>"}, "Env": ["PATH=/bin"]},
    )


@pytest.fixture(scope="session")
def index(image: Content) -> Content:
    """Return an index of three platforms, one of them without a variant."""
    return build_index(
        {
            "linux/amd64": image,
            "linux/arm64": build_image([random_layer(1000, seed=2)], platform="linux/arm64"),
            "linux/arm/v7": build_image([random_layer(1000, seed=3)], platform="linux/arm/v7"),
        }
    )


PLAIN = "--tls-verify=false"
"""The registry of these tests speaks plain http."""
