"""The rows about pulling: an image of many files from a registry near by into a local store, unpacked.

Everybody keeps overlay directories, with roots of their own that are empty before each run. What each waits
for on the disk is not the same: we wait for all that was written (one syncfs, and each blob), podman and
containerd for their own records alone. containerd is begun and ended with each pull, which takes it a tenth
of a second, since it would keep the content of an image that was removed.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tests.bench.contest import Contest
from tests.bench.contestant import OURS, Command, program
from tests.bench.row import Goal, Row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.bench.contestant import Place
    from tests.bench.ground import Ground

_CONTAINERD = """
mkdir -p {root} && cd {root} || exit 1
cat > config.toml <<END
version = 2
root = "{root}/root"
state = "{root}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "{root}/socket"
END
{containerd} --log-level warn -c config.toml & daemon=$!
until {ctr} -a socket version >/dev/null 2>&1; do sleep 0.01; done
{ctr} -a socket images pull --plain-http --snapshotter overlayfs {image}; status=$?
kill $daemon; wait $daemon; exit $status
"""


def pull_in_memory(ground: Ground, rounds: int) -> Row:
    """Into stores in memory: what it costs beside the disk."""
    return _pull(ground, ground.rootfs, rounds, "in memory")


def pull_to_disk(ground: Ground, rounds: int) -> Row:
    """Into stores on the disk."""
    return _pull(ground, ground.rootfs_on_disk, rounds, "on the disk")


def _pull(ground: Ground, folder: Path, rounds: int, where: str) -> Row:
    image = ground.tree_in_registry
    contestants: dict[str, Callable[[], Command]] = {
        OURS: lambda: _ocitool(folder, image),
        "podman": lambda: _podman(folder, image),
        "containerd": lambda: _containerd(folder, image),
    }
    return Row(
        title="pull of an image of 4 layers, 1.9 GB, 150 000 entries, from a registry on loopback, "
        f"all layers unpacked, {where}",
        standard="podman",
        goals=(Goal(measure="wall", most=0.5), Goal(measure="CPU", most=0.5)),
        standings=Contest(contestants=contestants, rounds=max(1, rounds // 2), warm_ups=0).hold(ground),
    )


def _ocitool(folder: Path, image: Place) -> Command:
    options = ["--insecure-policy", f"--root={folder}", "pull", "-q", "--tls-verify=false"]
    return [program(OURS), *options, image.bare]


def _podman(folder: Path, image: Place) -> Command:
    """Pull in a mount namespace: the driver mounts its own directory, and that has to go with it."""
    places = [f"--root={folder}/root", f"--runroot={folder}/run", f"--tmpdir={folder}/tmp"]
    options = [*places, "--storage-driver=overlay", "pull", "-q", "--tls-verify=false"]
    return [program("unshare"), "--mount", program("podman"), *options, image.bare]


def _containerd(folder: Path, image: Place) -> Command:
    script = _CONTAINERD.format(
        root=shlex.quote(str(folder)),
        containerd=program("containerd"),
        ctr=program("ctr"),
        image=shlex.quote(image.bare),
    )
    return [program("unshare"), "--mount", "/bin/sh", "-c", script]


PULLS: dict[str, Callable[[Ground, int], Row]] = {"pull": pull_in_memory, "pull-disk": pull_to_disk}
