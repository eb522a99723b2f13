"""Several programs that write into one layout at the same time.

Ours change index.json under a lock and put it there by a rename: however many of ours write, nothing is lost.

skopeo 1.9.3 and crane 0.22.1 have no lock, and write index.json and oci-layout in place. Seen in twenty
rounds, each with four of ours, of skopeo and of crane started at once: of 80 entries each, 14 of ours, 60
of skopeo's and 78 of crane's were missing in the end; 31 runs of crane failed on an index that somebody was
writing, and three of ours ended with code 5 on an oci-layout that was empty at that moment. So in such
company an entry may be lost. What ours promise there: a copy that succeeded has left every byte, and copying
again lists it again.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from oci.testing import Content, build_image, layer
from oci.transports.layout.store import LayoutStore
from ocitool.exit_code import ExitCode
from tests.interop.material import assert_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.interop.client import Ours
    from tests.interop.conftest import Registries

pytestmark = pytest.mark.interop

WRITERS = 4
SHARED = layer({"etc/shared": b"in every image"})


@pytest.fixture
def run(tool: Callable[[str], Path]) -> Callable[..., bytes]:
    def run(name: str, *arguments: object) -> bytes:
        words = [str(tool(name)), *map(str, arguments)]
        return subprocess.run(words, capture_output=True, check=True, timeout=60).stdout

    return run


def images(whose: str) -> dict[str, Content]:
    """Build small images that share a layer, by the names they are to get."""
    return {
        f"{whose}{number}": build_image([SHARED, layer({f"etc/{whose}": str(number).encode()})])
        for number in range(WRITERS)
    }


def at_once(commands: list[list[str]], home: Path, meanwhile: Sequence[list[str]] = ()) -> list[int]:
    """Run programs side by side, and others one after the other until all of those have ended.

    The others one by one: two of them at once may damage index.json between themselves.

    Returns:
        The exit codes of the first.
    """
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    processes = [
        subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for command in commands
    ]
    for other in cycle(meanwhile):
        if all(process.poll() is not None for process in processes):
            break
        subprocess.run(other, env=environment, capture_output=True, check=False, timeout=60)
    return [process.wait(timeout=60) for process in processes]


def ocitool(source: Path, name: str, layout: Path) -> list[str]:
    copy = [sys.executable, "-m", "ocitool", "copy", "--progress=none"]
    return [*copy, f"oci:{source}:{name}", f"oci:{layout}:{name}"]


def test_ours_lose_nothing_and_others_read_it(run: Callable[..., bytes], home: Path, tmp_path: Path) -> None:
    mine = images("a") | images("b")
    for name, content in mine.items():
        content.write_to(tmp_path / "from", name)
    codes = at_once([ocitool(tmp_path / "from", name, tmp_path / "to") for name in mine], home)
    assert codes == [ExitCode.OK] * len(mine)
    assert set(run("umoci", "list", "--layout", tmp_path / "to").decode().split()) == set(mine)
    for name, content in mine.items():
        assert run("skopeo", "inspect", "--raw", f"oci:{tmp_path}/to:{name}") == content.raw


def test_in_the_company_of_writers_without_a_lock(
    *, tool: Callable[[str], Path], ours: Ours, registries: Registries, home: Path, tmp_path: Path
) -> None:
    mine, theirs, cranes = images("ours"), images("skopeo"), images("crane")
    layout, origin = tmp_path / "to", tmp_path / "from"
    for name, content in (mine | theirs | cranes).items():
        content.write_to(origin, name)
    repository = f"{registries.address('ocitool')}/concurrent"
    for name in cranes:
        ours.push(origin, name, f"{repository}:{name}")
    LayoutStore.create(layout).close()
    exact = [str(tool("skopeo")), "--insecure-policy", "copy", "--preserve-digests"]
    pull = [str(tool("crane")), "pull", "--format=oci", "--annotate-ref"]
    others = [
        *([*exact, f"oci:{origin}:{name}", f"oci:{layout}:{name}"] for name in theirs),
        *([*pull, f"{repository}:{name}", str(layout)] for name in cranes),
    ]
    ended = at_once([ocitool(origin, name, layout) for name in mine], home, others)
    codes = dict(zip(mine, ended, strict=True))
    store = LayoutStore.at(layout)
    for name, code in codes.items():
        assert code in (ExitCode.OK, ExitCode.CONTENT)
        if code == ExitCode.OK:
            assert_whole(store, mine[name])
    for name in set(mine) - set(store.names()):
        ours.run("copy", f"oci:{origin}:{name}", f"oci:{layout}:{name}")
    for name, content in mine.items():
        assert store.open(name).content == content.raw
        assert_whole(store, content)
