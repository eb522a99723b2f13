"""A store, a registry on loopback, and images to pull from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from oci import Context
from oci.settings import Security, Settings
from oci.spec import Platform
from oci.store import ImageStore
from oci.testing import Content, ScriptedRegistry, build_image, build_index, layer, random_layer
from tests.integration.layers.conftest import root as root  # noqa: PLC0414

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    with ScriptedRegistry(tmp_path / "registry") as running:
        yield running


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """Return a context whose settings keep the store in the test's directory."""
    settings = Settings(
        security=Security.PLAIN,
        store_directory=tmp_path / "store",
        platform=Platform("linux", "amd64"),
        retry_delay_s=0.001,
    )
    return Context(settings=settings)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ImageStore]:
    opened = ImageStore.create(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def image() -> Content:
    """Return an image of three layers, of which the last brings a file alone."""
    return build_image(
        [
            layer({"etc/os-release": b"ID=test\n", "usr/bin/x": b"x" * 1000}),
            random_layer(300_000, seed=1),
            layer({"usr/bin/y": b"y"}),
        ],
        config={"Labels": {"who": "me"}},
    )


@pytest.fixture(scope="session")
def index(image: Content) -> Content:
    other = build_image([random_layer(1000, seed=2)], platform="linux/arm64")
    return build_index({"linux/amd64": image, "linux/arm64": other})
