"""Many processes, one layout: no name and no blob is lost."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from oci.testing.contract import Sample
from oci.transports.layout.store import LayoutStore

if TYPE_CHECKING:
    from pathlib import Path

PROCESSES = 8
NAMES = 50

PUBLISH = """
import sys
from pathlib import Path
from oci.testing.contract import Sample
from oci.testing.contract.sample import blob
from oci.transports.layout.store import LayoutStore
store = LayoutStore.create(Path(sys.argv[1]))
me, names = sys.argv[2], int(sys.argv[3])
layers = [blob(b"shared" * 100_000), blob(me)]
own = Sample.image(me, layers=layers)
own.push(store, f"{me}-0")
for number in range(1, names):
    store.publish(*own.root, [f"{me}-{number}", "contested"])
store.close()
"""


def test_of_many_publishers_none_loses_a_name(tmp_path: Path) -> None:
    layout = tmp_path / "layout"
    processes = [
        subprocess.Popen([sys.executable, "-c", PUBLISH, str(layout), f"p{me}", str(NAMES)])
        for me in range(PROCESSES)
    ]
    assert [process.wait(100) for process in processes] == [0] * PROCESSES
    store = LayoutStore.at(layout)
    expected = {f"p{me}-{number}" for me in range(PROCESSES) for number in range(NAMES)} | {"contested"}
    assert set(store.names()) == expected
    assert len(store.listing().entries) == len(expected)
    for me in range(PROCESSES):
        opened = store.open(f"p{me}-0")
        Sample(opened).assert_held_by(store)
    assert store.resolve("contested") in {store.resolve(f"p{me}-0") for me in range(PROCESSES)}
    assert sorted(path.name for path in layout.iterdir()) == ["blobs", "index.json", "oci-layout"]
