"""A storm: commands on one store, two at a time, killed at random points; then the store has to be sound.

What a command that came to its end has said counts as acknowledged: a pulled image has to be there, with
every blob and every file, until a removal is begun.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from oci.store import ImageStore
from oci.store.check import check_store
from oci.store.image import find_image
from oci.testing import build_image, layer, random_layer
from tests.integration.layers.material import file, tar

if TYPE_CHECKING:
    from pathlib import Path

    from oci.testing import Content, ScriptedRegistry

LONGEST_S = 0.9
"""Seconds after which a command that has not been killed has mostly come to its end."""


IMPORTED = "imported"
"""What the image is called that is made of an archive."""


class Result(NamedTuple):
    """What a storm came to."""

    kills: int
    finished: int


def images() -> dict[str, Content]:
    """Make images that share layers."""
    shared = [random_layer(400_000, seed=1), layer({f"etc/{number}": b"x" for number in range(300)})]
    return {
        "one": build_image([*shared, layer({"one": b"1"})]),
        "two": build_image([*shared, random_layer(600_000, seed=2)]),
        "three": build_image([layer({f"usr/{number}/{number}": b"y" * 50 for number in range(500)})]),
    }


def archive() -> bytes:
    """Make an archive to import."""
    return tar(*(file(f"srv/{number}", b"z" * 2000) for number in range(300)))


class Storm:
    """One storm.

    Args:
        root: Where the store is.
        registry: Where images are pulled from.
        seed: What decides which commands run and when they are killed.
    """

    def __init__(self, root: Path, registry: ScriptedRegistry, seed: int) -> None:
        self._root = root
        self._registry = registry
        self._random = random.Random(seed)
        self._images = images()
        self._present: set[str] = set()
        """Images that are there for certain."""
        for name, image in self._images.items():
            registry.put(name, image, "v1")
        self._archive = root.with_name("storm.tar")
        self._archive.write_bytes(archive())

    def run(self, kills: int) -> Result:
        """Kill that many commands, and check the store after each pair."""
        killed = finished = 0
        while killed < kills:
            for was_killed in self._pair():
                killed += was_killed
                finished += not was_killed
            self._check()
        self._settle()
        return Result(killed, finished)

    def _pair(self) -> list[bool]:
        deeds = self._random.sample(
            [
                *(("pull", name) for name in self._images),
                *(("rmi", name) for name in self._images),
                ("import", IMPORTED),
                ("rmi", IMPORTED),
                ("prune", ""),
            ],
            2,
        )
        processes = []
        for verb, name in deeds:
            if verb == "rmi":
                self._present.discard(name)
            processes.append(self._start(verb, name))
        outcomes = []
        for (verb, name), process in zip(deeds, processes, strict=True):
            time.sleep(self._random.uniform(0.0, LONGEST_S))
            process.kill()
            code = process.wait()
            outcomes.append(code < 0)
            other_removes = any(deed == ("rmi", name) for deed in deeds)
            if verb in {"pull", "import"} and code == 0 and not other_removes:
                self._present.add(name)
        return outcomes

    def _check(self) -> None:
        store = ImageStore.create(self._root)
        try:
            assert check_store(store) == []
            for name in self._present:
                found, _ = find_image(store, self._name(name))
                assert name == IMPORTED or found.digest == self._images[name].digest
                assert store.snapshots.stack(store.catalogue.chains(found.digest)) is not None
        finally:
            store.close()

    def _settle(self) -> None:
        """A repeat of everything succeeds, and what is removed leaves nothing."""
        for verb, name in [*(("pull", name) for name in self._images), ("import", IMPORTED)]:
            assert self._start(verb, name).wait() == 0
            self._present.add(name)
        self._check()
        self._present.clear()
        assert self._start("rmi", "").wait() == 0
        assert self._start("prune", "").wait() == 0
        store = ImageStore.create(self._root)
        assert check_store(store) == []
        assert list(store.blobs.digests()) == []
        for directory in (store.place.snapshots, store.place.removed, store.place.ingest):
            assert not directory.exists() or list(directory.iterdir()) == []
        assert store.database.rows("SELECT * FROM lease") == []
        store.close()

    def _start(self, verb: str, name: str) -> subprocess.Popen[bytes]:
        arguments = {
            "pull": ["pull", "-q", "--tls-verify=false", self._name(name)],
            "rmi": ["rmi", "-f", "-i", self._name(name)] if name else ["rmi", "--all"],
            "import": ["import", "-q", str(self._archive), self._name(name)],
            "prune": ["system", "prune", "-f"],
        }[verb]
        return subprocess.Popen(
            [sys.executable, "-m", "ocitool", f"--root={self._root}", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _name(self, name: str) -> str:
        return f"localhost/{name}:v1" if name == IMPORTED else f"{self._registry.host}/{name}:v1"
