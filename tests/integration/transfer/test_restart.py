"""A copy that is killed half-way: the next run moves about the rest only, as counted on the wire.

`tests/soak` does the same at full size, and with another registry.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from oci.testing import ScriptedRegistry, build_image, random_layer
from oci.transports.layout.store import LayoutStore
from tests.integration.tap import Tap
from tests.integration.transfer.conftest import assert_holds

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = build_image([random_layer(24_000_000, seed=number, compression="none") for number in range(2)])
SIZE = sum(leaf.descriptor.size for leaf in IMAGE.leaves)
ON_THE_WAY = 0.25
"""Share of the image that may lie in buffers of sockets when the program is killed; what was read is kept."""


def command(source: str, destination: str, verb: str = "copy") -> list[str]:
    """Return the copy, or the synchronisation, as a process."""
    plain = ["--src-tls-verify=false", "--dest-tls-verify=false", "--progress=none"]
    return [sys.executable, "-m", "ocitool", verb, *plain, source, destination]


def shares_of_the_second_run(
    source: str,
    destination: str,
    reading: Tap,
    writing: Tap,
    state: Path,
    *,
    watched: str,
    verb: str = "copy",
) -> tuple[float, float]:
    """Kill a copy when half of the image has passed, run it again, and say what that moved down and up."""
    words = command(source, destination, verb)
    environment = {**os.environ, "XDG_STATE_HOME": str(state)}
    if watched == "download":
        reading.hold(after_received=SIZE // 2)
    with subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        try:
            if watched == "download":
                reading.wait(received=SIZE // 2)
                # A machine under load may leave much of it in the client's sockets, which die with it.
                reading.wait_until_read()
            else:
                writing.wait(sent=SIZE // 2)
        finally:
            process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "it was killed before it was done"
    for tap in (reading, writing):
        tap.wait_for_the_end()
    received, sent = reading.received, writing.sent
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(IMAGE.digest) if verb == "copy" else "copied docker://")
    return (reading.received - received) / SIZE, (writing.sent - sent) / SIZE


@pytest.mark.parametrize("watched", ["download", "upload"])
def test_between_registries(
    origin: ScriptedRegistry, goal: ScriptedRegistry, tmp_path: Path, watched: str
) -> None:
    origin.put("big", IMAGE, "v1")
    with Tap(origin.host) as reading, Tap(goal.host) as writing:
        down, up = shares_of_the_second_run(
            f"docker://{reading.host}/big:v1",
            f"docker://{writing.host}/big:v1",
            reading,
            writing,
            tmp_path / "state",
            watched=watched,
        )
    assert max(down, up) < 0.5 + ON_THE_WAY
    assert_holds(goal, "big", IMAGE, "v1")


def test_a_synchronisation_goes_on_where_it_was_killed(
    origin: ScriptedRegistry, goal: ScriptedRegistry, tmp_path: Path
) -> None:
    origin.put("big", IMAGE, "v1")
    with Tap(origin.host) as reading, Tap(goal.host) as writing:
        down, up = shares_of_the_second_run(
            f"docker://{reading.host}/big",
            f"docker://{writing.host}/to",
            reading,
            writing,
            tmp_path / "state",
            watched="upload",
            verb="sync",
        )
    assert max(down, up) < 0.5 + ON_THE_WAY
    assert_holds(goal, "to/big", IMAGE, "v1")


def test_a_download_to_a_layout(origin: ScriptedRegistry, goal: ScriptedRegistry, tmp_path: Path) -> None:
    origin.put("big", IMAGE, "v1")
    with Tap(origin.host) as reading, Tap(goal.host) as nowhere:
        down, _ = shares_of_the_second_run(
            f"docker://{reading.host}/big:v1",
            f"oci:{tmp_path / 'layout'}:v1",
            reading,
            nowhere,
            tmp_path / "state",
            watched="download",
        )
    assert down < 0.5 + ON_THE_WAY
    store = LayoutStore.at(tmp_path / "layout")
    assert store.open("v1").content == IMAGE.raw
    for leaf in IMAGE.leaves:
        with store.fetch(leaf.descriptor) as reader:
            assert reader.read(limit=leaf.descriptor.size) == leaf.data
    store.close()


def test_an_upload_from_a_layout(goal: ScriptedRegistry, tmp_path: Path) -> None:
    IMAGE.write_to(tmp_path / "layout", "v1")
    with Tap(goal.host) as nowhere, Tap(goal.host) as writing:
        _, up = shares_of_the_second_run(
            f"oci:{tmp_path / 'layout'}:v1",
            f"docker://{writing.host}/big:v1",
            nowhere,
            writing,
            tmp_path / "state",
            watched="upload",
        )
    assert up < 0.5 + ON_THE_WAY
    assert_holds(goal, "big", IMAGE, "v1")
