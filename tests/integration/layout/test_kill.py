"""Killed in the middle: what was acknowledged is there, what was not is continued, nothing is half there."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from oci.spec import Descriptor, media_type
from oci.testing.contract import Sample
from oci.testing.contract.sample import fetched
from oci.transports.layout.store import LayoutStore
from oci.transports.layout.terms import DiskTerms

if TYPE_CHECKING:
    from pathlib import Path

PIECE = 50_000
PIECES = 200
CONTENT = random.Random(7).randbytes(PIECE) * PIECES
BLOB = Descriptor.of(CONTENT, "application/octet-stream")
IMAGE = Sample.image("named")

WRITE = f"""
import random, sys
from pathlib import Path
from oci.spec import Descriptor
from oci.transports.layout.store import LayoutStore
content = random.Random(7).randbytes({PIECE}) * {PIECES}
writer = LayoutStore.create(Path(sys.argv[1])).ingest(Descriptor.of(content, "application/octet-stream"))
print(writer.offset, flush=True)
while True:  # to be killed, at the end too
    writer.write(content[writer.offset:writer.offset + {PIECE}])
    print(writer.offset, flush=True)
"""

PUBLISH = """
import sys
from itertools import count
from pathlib import Path
from oci.testing.contract import Sample
from oci.transports.layout.store import LayoutStore
store = LayoutStore.create(Path(sys.argv[1]))
image = Sample.image("named")
image.push(store)
for number in count():
    store.publish(*image.root, [f"{sys.argv[2]}-{number}"])
    print(f"{sys.argv[2]}-{number}", flush=True)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    )


def lines_until_killed(process: subprocess.Popen[str], count: int) -> list[str]:
    """Read some lines, kill the process, and read what it had still said."""
    assert process.stdout is not None
    with process:
        lines = [process.stdout.readline() for _ in range(count)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
    return [line.strip() for line in lines if line.endswith("\n")]


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_ingest_is_continued(tmp_path: Path, seed: int) -> None:
    layout = tmp_path / "layout"
    chance = random.Random(seed)
    said: list[str] = []
    for _ in range(3):
        said = lines_until_killed(start(WRITE, layout), chance.randrange(1, PIECES // 4))
        store = LayoutStore.at(layout)
        assert not store.exists(BLOB)
        assert store.listing().entries == ()
    writer = store.ingest(BLOB)
    # All that was acknowledged is in place; at most one piece more had been written.
    assert int(said[-1]) <= writer.offset <= int(said[-1]) + PIECE
    writer.write(CONTENT[writer.offset :])
    writer.commit()
    assert fetched(store, BLOB) == CONTENT
    store.close()
    assert not (layout / ".ocitool").exists()


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_publisher_leaves_a_whole_index(tmp_path: Path, seed: int) -> None:
    layout = tmp_path / "layout"
    chance = random.Random(seed)
    expected: set[str] = set()
    for turn in range(3):
        expected |= set(lines_until_killed(start(PUBLISH, layout, turn), chance.randrange(1, 30)))
        store = LayoutStore.at(layout)
        names = set(store.names())
        assert expected <= names
        assert len(names - expected) <= turn + 1
        IMAGE.assert_held_by(store)
        assert json.loads((layout / "index.json").read_bytes())["mediaType"] == media_type.OCI_INDEX
    # The killed ones hold no lock.
    store.publish(*IMAGE.root, ["last"])
    assert store.open("last") == IMAGE.root


def test_a_writer_that_waits_takes_over_from_a_killed_one(tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    process = start(WRITE, layout)
    assert process.stdout is not None

    def nap(_: float) -> None:
        process.kill()
        process.wait(60)

    store = LayoutStore.create(layout, DiskTerms(sleep=nap))
    with process:
        for _ in range(3):
            process.stdout.readline()
        writer = store.ingest(BLOB)
    assert process.returncode == -signal.SIGKILL
    assert writer.offset >= 2 * PIECE
    writer.write(CONTENT[writer.offset :])
    writer.commit()
    assert fetched(store, BLOB) == CONTENT


def test_a_layout_killed_while_it_is_made_is_finished(tmp_path: Path) -> None:
    """Whatever a killed `LayoutStore.create` left, the next one makes a layout of it."""
    store = LayoutStore.create(tmp_path)
    for name in ("index.json", "blobs"):
        path = tmp_path / name
        path.rmdir() if path.is_dir() else path.unlink()
        store = LayoutStore.create(tmp_path)
        assert store.listing().entries == ()
    (tmp_path / "oci-layout").rename(tmp_path / ".oci-layout.123-456")
    (tmp_path / "index.json").unlink()
    (tmp_path / "blobs").rmdir()
    IMAGE.push(LayoutStore.create(tmp_path), "v1")
    IMAGE.assert_held_by(LayoutStore.at(tmp_path))
