"""Two registries on loopback, and a short way to synchronise between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import oci
from oci.frozen import replace
from oci.settings import Security, Settings
from oci.testing import ScriptedRegistry, build_image, random_layer
from oci.transfer.sync import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oci.testing import Content
    from oci.transfer.sync import SyncOptions, SyncReport, TagFilter

SETTINGS = replace(Settings(), security=Security.PLAIN, attempts=3, retry_delay_s=0.001)


class Pair:
    """A source and a destination.

    Args:
        source: Where images are.
        destination: Where they go.
    """

    def __init__(self, source: ScriptedRegistry, destination: ScriptedRegistry) -> None:
        self.source = source
        self.destination = destination
        self.warnings: list[str] = []

    def sync(
        self,
        name: str = "docker://{source}/app",
        to: str = "docker://{destination}/to",
        *,
        options: SyncOptions | None = None,
        wanted: TagFilter | None = None,
        tags: tuple[str, ...] = (),
        repositories: tuple[str, ...] = (),
    ) -> SyncReport:
        """Synchronise; ``{source}`` and ``{destination}`` stand for the hosts."""
        hosts = {"source": self.source.host, "destination": self.destination.host}
        return oci.sync(
            name.format_map(hosts),
            to.format_map(hosts),
            wanted=wanted,
            tags=tags,
            repositories=repositories,
            options=options,
            context=oci.Context(settings=SETTINGS, warn=self.warnings.append),
        )


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Return two registries that do what a test scripts."""
    with (
        ScriptedRegistry(tmp_path / "source") as source,
        ScriptedRegistry(tmp_path / "destination") as destination,
    ):
        yield Pair(source, destination)


BASE = random_layer(30_000, seed=1000)


def put(registry: ScriptedRegistry, repository: str, *tags: str) -> dict[str, Content]:
    """Put images that have a layer in common into a repository."""
    images = {}
    for tag in tags:
        own = random_layer(2000, seed=sum(map(ord, repository + tag)))
        images[tag] = build_image([BASE, own])
        registry.put(repository, images[tag], tag)
    return images


def verdicts(report: SyncReport) -> dict[str, int]:
    """Return how many images there are of each verdict, by its name."""
    return {verdict.value: count for verdict in Verdict if (count := report.count(verdict))}
