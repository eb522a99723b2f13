"""What a worker process still has when it reads a layer: the kernel tells."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oci import errors, pull
from oci.layers import LayerLimits
from oci.spec import Descriptor, Digest
from oci.store.confinement import CAPABILITIES, FILES
from oci.store.workforce import Worker
from oci.tar import TarLimits
from tests.integration.layers.material import LAYER, file, folder, listing, tar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oci import Context
    from oci.store import ImageStore
    from oci.testing import Content, ScriptedRegistry

RAW = tar(folder("d"), file("d/a", b"a" * 5000), file("d/b"))


@pytest.fixture
def worker() -> Iterator[Worker]:
    running = Worker()
    yield running
    running.close()


def unpack(worker: Worker, place: Path, limits: LayerLimits) -> int:
    """Have a small layer unpacked; return how many entries it had."""
    (place / "layer").write_bytes(RAW)
    (place / "target").mkdir()
    files = [os.open(place / "layer", os.O_RDONLY), os.open(place / "target", os.O_RDONLY | os.O_DIRECTORY)]
    order = {
        "where": "layer 1",
        "diff_id": str(Digest.of(RAW)),
        "size": Descriptor.of(RAW, LAYER).size,
        "namespace": "trusted",
        "keeps_owners": os.geteuid() == 0,
        "limits": limits.members,
    }
    try:
        return worker.unpack(order, files).entries
    finally:
        for each in files:
            os.close(each)


def status_of(worker: Worker) -> dict[str, str]:
    lines = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_it_has_given_away_what_it_does_not_need(tmp_path: Path, worker: Worker) -> None:
    assert unpack(worker, tmp_path, LayerLimits()) == 3
    assert {"d", "d/a", "d/b"} <= listing(tmp_path / "target").keys()
    status = status_of(worker)
    assert status["NoNewPrivs"] == "1"
    kept = sum(1 << number for number in CAPABILITIES)
    for name in ("CapEff", "CapPrm", "CapInh", "CapBnd" if os.geteuid() == 0 else "CapInh"):
        assert int(status[name], 16) & ~kept == 0
    limits = Path(f"/proc/{worker.pid}/limits").read_text()
    files = next(line.split()[3:5] for line in limits.splitlines() if line.startswith("Max open files"))
    assert files[0] == files[1]
    assert int(files[0]) <= FILES


def test_it_has_no_files_but_those_it_was_given(tmp_path: Path, worker: Worker) -> None:
    # One of ours that a child could have: it must not reach the worker.
    with socket.socket() as ours:
        ours.set_inheritable(True)
        with suppress(errors.LimitExceeded):
            unpack(worker, tmp_path, LayerLimits())
        other = Worker()
        try:
            (tmp_path / "second").mkdir()
            unpack(other, tmp_path / "second", LayerLimits())
            left = {int(each.name): str(each.readlink()) for each in Path(f"/proc/{other.pid}/fd").iterdir()}
        finally:
            other.close()
    assert left.keys() == {0, 1, 2}
    assert left[0].startswith("socket:")
    assert left[1] == left[2] == "/dev/null"


@pytest.mark.usefixtures("root")
def test_it_has_no_network(tmp_path: Path, worker: Worker) -> None:
    unpack(worker, tmp_path, LayerLimits())
    # The first line is a heading; a namespace of one's own has a loopback device that is down, and no more.
    devices = Path(f"/proc/{worker.pid}/net/dev").read_text().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in devices] == ["lo"]
    assert Path(f"/proc/{worker.pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


def test_it_keeps_to_the_limits_of_whoever_ordered(tmp_path: Path, worker: Worker) -> None:
    with pytest.raises(errors.LimitExceeded) as caught:
        unpack(worker, tmp_path, LayerLimits(tar=TarLimits(entries=2)))
    assert (caught.value.limit, caught.value.allowed) == ("entries", 2)


def test_a_pull_is_bounded_as_it_is_told(
    registry: ScriptedRegistry, context: Context, image: Content, store: ImageStore
) -> None:
    registry.put("team/app", image, "v1")
    name = f"{registry.host}/team/app:v1"
    with pytest.raises(errors.CopyError) as caught:
        pull(name, limits=LayerLimits(file_bytes=999), context=context)
    assert isinstance(caught.value.__cause__, errors.LimitExceeded)
    assert not list(store.names())
    pull(name, limits=LayerLimits(file_bytes=300_000), context=context)
