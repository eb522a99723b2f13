"""Copies from every transport to every other: what both keep arrives, and skopeo agrees about it.

What a pair kept is noted for the table of docs/evidence/interop.md (see `tests.interop.matrix`).
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING

import pytest

from tests.interop.material import DOCKER, IMAGE, INDEX
from tests.interop.place import KINDS, OURS, PLAIN, PRESERVING, SHARED, Ground

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.interop.client import Skopeo
    from tests.interop.conftest import Registries
    from tests.interop.podman import Podman

pytestmark = pytest.mark.interop

IMAGES = {"oci-image": IMAGE, "docker-image": DOCKER}
LAYOUTS = ("oci", "oci-archive")
"""Where skopeo 1.9 finds no image of Docker's media types by its name."""
CONFIG = IMAGE.leaves[0].data


@pytest.fixture(scope="module")
def ground(
    registries: Registries, podman: Podman, skopeo: Skopeo, tmp_path_factory: pytest.TempPathFactory
) -> Ground:
    folder = tmp_path_factory.mktemp("places")
    return Ground(folder, registries.address("docker-registry"), podman.host, skopeo)


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Callable[[str, str, str], None]:
    """Return a function that notes what a pair kept."""

    def note(origin: str, goal: str, kept: str) -> None:
        for name, value in (("origin", origin), ("goal", goal), ("kept", kept)):
            record_property(name, value)

    return note


@pytest.mark.parametrize("shape", ["oci-image", pytest.param("docker-image", marks=pytest.mark.costly)])
@pytest.mark.parametrize(("origin", "goal"), list(product(KINDS, KINDS)))
def test_an_image_from_each_to_each(
    origin: str, goal: str, shape: str, ground: Ground, note: Callable[[str, str, str], None]
) -> None:
    content = IMAGES[shape]
    source, name = ground.put(origin, content), ground.name(goal)
    ground.copy(source, name)
    was, now, config = ground.raw(source), ground.raw(name), ground.config(name)
    assert config == content.leaves[0].data
    if goal in PRESERVING:
        assert now == was
    if goal != OURS and (b"vnd.docker" not in now or goal not in LAYOUTS):
        assert ground.skopeo_inspect(name, "--config", "--raw") == config
        assert ground.skopeo_inspect(name, "--raw") == now or goal not in PLAIN
    note(origin, goal, "manifest" if now == was else "configuration")


@pytest.mark.parametrize(("origin", "goal"), list(product(PRESERVING, PRESERVING)))
def test_an_index_from_each_to_each(
    origin: str, goal: str, ground: Ground, note: Callable[[str, str, str], None]
) -> None:
    source, name = ground.put(origin, INDEX), ground.name(goal)
    ground.copy(source, name)
    assert ground.raw(name) == INDEX.raw
    if goal != OURS:
        assert ground.skopeo_inspect(name, "--raw") == INDEX.raw or goal not in PLAIN
    note(origin, goal, "index")


@pytest.mark.parametrize("kind", SHARED)
def test_skopeo_copies_what_we_wrote(kind: str, ground: Ground, tmp_path: Path) -> None:
    theirs = f"dir:{tmp_path}/theirs"  # into a layout, skopeo would write the configuration anew
    ground.skopeo_copy(ground.put(kind, IMAGE), theirs)
    assert ground.config(theirs) == CONFIG
    if kind in PLAIN:
        assert ground.raw(theirs) == IMAGE.raw


@pytest.mark.parametrize("kind", SHARED)
def test_we_copy_what_skopeo_wrote(kind: str, ground: Ground, tmp_path: Path) -> None:
    theirs, ours = ground.name(kind), f"oci:{tmp_path}/ours:v1"
    ground.skopeo_copy(ground.put("oci", IMAGE), theirs)
    ground.copy(theirs, ours)
    assert ground.config(ours) == CONFIG
    assert len(json.loads(ground.raw(ours))["layers"]) == len(IMAGE.leaves) - 1
    if kind in PLAIN:
        assert ground.raw(ours) == IMAGE.raw
