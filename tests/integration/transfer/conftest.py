"""Two registries behind scripts, and copies between them that never wait long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import oci
from oci.errors import CopyError
from oci.settings import Security, Settings
from oci.testing import ScriptedRegistry, TokenServer, build_image, random_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from oci.testing import Content
    from oci.transfer.event import Event

LAYERS = [random_layer(3_000_000, seed=number, compression="none") for number in range(3)]
IMAGE = build_image(LAYERS)


class Copier:
    """Copies with the patience of a test, and remembers what happened.

    Args:
        settings: What differs from the usual settings.
    """

    def __init__(self, **settings: object) -> None:
        values: dict[str, object] = {
            "security": Security.PLAIN,
            "retry_delay_s": 0.002,
            "idle_timeout_s": 60.0,
            **settings,
        }
        made: Callable[..., Settings] = Settings
        self.settings = made(**values)
        self.events: list[Event] = []
        self.warnings: list[str] = []

    def copy(self, source: str, destination: str, **options: object) -> oci.CopyResult:
        """Copy an image."""
        chosen: Callable[..., oci.CopyOptions] = oci.CopyOptions
        values: dict[str, object] = {"retry_delay_s": 0.002, "listener": self.events.append, **options}
        context = oci.Context(settings=self.settings, warn=self.warnings.append)
        return oci.copy(source, destination, options=chosen(**values), context=context)


def failing(
    copier: Copier, source: str, destination: str, side: str = "source", **options: object
) -> BaseException:
    """Copy in vain, and return what was the matter."""
    with pytest.raises(CopyError) as caught:
        copier.copy(source, destination, **options)
    assert caught.value.side == side
    assert caught.value.__cause__ is not None
    return caught.value.__cause__


@pytest.fixture
def copier() -> Copier:
    return Copier()


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with TokenServer({"ann": "secret"}) as server:
        yield server


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    """The registry that has the image."""
    with ScriptedRegistry(tmp_path / "origin") as server:
        server.put("app", IMAGE, "v1")
        yield server


@pytest.fixture
def goal(tmp_path: Path) -> Iterator[ScriptedRegistry]:
    """The registry that is to have it."""
    with ScriptedRegistry(tmp_path / "goal") as server:
        yield server


def assert_holds(registry: ScriptedRegistry, repository: str, content: Content, tag: str) -> None:
    """Assert that everything arrived bit for bit."""
    assert registry.content(repository, tag) == content.raw
    layout = registry.layout(repository)
    for document in content.documents:
        assert layout.document(document.root) == document.raw
        for leaf in document.leaves:
            with layout.fetch(leaf.descriptor) as reader:
                assert reader.read(limit=leaf.descriptor.size) == leaf.data
