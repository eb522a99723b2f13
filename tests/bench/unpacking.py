"""The rows about layers: unpacking whole images, what many and what large files cost, reading a single one.

Everything is done as root, with owners and all. Nobody synchronises anything to the disk: neither umoci nor
GNU tar does, and no more does ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.contest import Contest
from tests.bench.contestant import OURS, Command, program
from tests.bench.material import TAG
from tests.bench.row import MB, Goal, Row, few
from tests.bench.weight import SMALL_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.bench.ground import Ground

FEW, MANY = 100_000, 1_000_000
"""Entries of a layer."""

FLAT = 1.1
"""How much more an entry may cost among a million than among a hundred thousand."""


def unpack_to_memory(ground: Ground, rounds: int) -> Row:
    """An image of many files, from a layout to a directory in memory."""
    return _unpack_image(ground, rounds, ground.rootfs, "in memory")


def unpack_to_disk(ground: Ground, rounds: int) -> Row:
    """The same to a directory on the disk."""
    return _unpack_image(ground, rounds, ground.rootfs_on_disk, "on the disk")


def _unpack_image(ground: Ground, rounds: int, rootfs: Path, where: str) -> Row:
    image = f"{ground.tree.layout}:{TAG}"
    each = " ".join(f"&& tar -xzpf {layer} --numeric-owner -C {rootfs}" for layer in ground.tree.layers)
    contestants: dict[str, Callable[[], Command]] = {
        OURS: lambda: _unpack(ground.tree.layout, rootfs),
        "umoci": lambda: [program("umoci"), "raw", "unpack", "--image", image, rootfs],
        "GNU tar": lambda: ["/bin/sh", "-c", f"mkdir {rootfs} {each}"],
    }
    return Row(
        title=f"unpack an image of 4 layers, 1.9 GB, 150 000 entries, from a layout to a directory {where}",
        standard="umoci",
        goals=(Goal(measure="wall", most=0.4), Goal(measure="wall", most=0.7, against="GNU tar")),
        standings=Contest(contestants=contestants, rounds=few(rounds)).hold(ground),
    )


def unpack_many(ground: Ground, rounds: int) -> Row:
    """A layer of a million tiny files beside one of a hundred thousand."""
    most = FLAT * MANY / FEW
    return Row(
        title="unpack a layer of 1 000 000 tiny files, beside one of 100 000",
        standard=f"{FEW} files",
        goals=(Goal(measure="CPU", most=most),),
        standings=Contest(contestants=_many(ground), rounds=few(rounds), warm_ups=0).hold(ground),
    )


def unpack_many_memory(ground: Ground, rounds: int) -> Row:
    """What memory the layer of a million files takes."""
    contest = Contest(contestants=_many(ground), rounds=few(rounds), warm_ups=0, watch_memory=True)
    return Row(
        title="peak memory of unpacking a layer of 1 000 000 tiny files",
        standard="",
        goals=(Goal(measure="memory", most=250 * MB),),
        standings=contest.hold(ground),
    )


def _many(ground: Ground) -> Mapping[str, Callable[[], Command]]:
    few_files, many_files = (ground.many_files(int(count * ground.scale)) for count in (FEW, MANY))
    return {
        f"{FEW} files": lambda: _unpack(few_files, ground.rootfs),
        f"{OURS} {MANY} files": lambda: _unpack(many_files, ground.rootfs),
    }


def unpack_large(ground: Ground, rounds: int) -> Row:
    """A layer of one file of ten gigabytes."""
    contestants = {OURS: lambda: _unpack(ground.large_file, ground.rootfs)}
    contest = Contest(contestants=contestants, rounds=few(rounds), warm_ups=0, watch_memory=True)
    return Row(
        title="peak memory of unpacking one file of 10 GB",
        standard="",
        goals=(Goal(measure="memory", most=100 * MB),),
        standings=contest.hold(ground),
    )


def cat(ground: Ground, rounds: int) -> Row:
    """A small file of a large eStargz layer in a registry."""
    tap = ground.seekable
    image = f"docker://{tap.host}/bench/image:{TAG}"
    read: Command = [program(OURS), "--insecure-policy", "cat", "--tls-verify=false", image, f"/{SMALL_FILE}"]
    contest = Contest(contestants={OURS: lambda: read}, rounds=rounds, moved=lambda: tap.sent + tap.received)
    return Row(
        title="cat of a file of 1 kB in an eStargz layer of 300 MB and 20 000 entries, in a registry",
        standard="",
        goals=(Goal(measure="moved", most=3 * MB),),
        standings=contest.hold(ground),
    )


def _unpack(layout: Path, rootfs: Path) -> Command:
    return [program(OURS), "--insecure-policy", "unpack", "-q", f"oci:{layout}:{TAG}", rootfs]


ROWS: dict[str, Callable[[Ground, int], Row]] = {
    "unpack": unpack_to_memory,
    "unpack-disk": unpack_to_disk,
    "cat": cat,
}
LONG_ROWS: dict[str, Callable[[Ground, int], Row]] = {
    "unpack-many": unpack_many,
    "unpack-many-memory": unpack_many_memory,
    "unpack-large": unpack_large,
}
"""Take minutes and ten gigabytes of memory, and run only when they are asked for."""
