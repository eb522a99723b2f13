"""Restart at full size: copies of 896 MB are killed half-way, run again, and their bytes counted on the wire.

    python -m tests.soak            prints a Markdown table and writes docs/evidence/restart.md

Every byte passes a tap that counts; nobody's own word is taken. A copy is killed (SIGKILL) when the tap has
seen half of the image, and the second run must carry at most 55 % of it in each direction.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.contestant import program
from tests.bench.material import LAYER_BYTES, TAG, write_layout
from tests.integration.tap import Tap
from tests.peers.server import distribution, ocitool_serve

if TYPE_CHECKING:
    from tests.peers.server import Server

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = ROOT / "docs" / "evidence" / "restart.md"
SIZE = sum(LAYER_BYTES)
LIMIT = 0.55
REPOSITORY = "soak/image"
KINDS = ("ocitool serve", "distribution 3")


class Row(NamedTuple):
    """What one interrupted copy came to."""

    registry: str
    direction: str
    killed_at: float
    down: float
    up: float
    seen_by_destination: int

    @property
    def holds(self) -> bool:
        """Whether neither direction carried too much the second time."""
        return max(self.down, self.up) <= LIMIT


def start(stack: ExitStack, kind: str, folder: Path) -> Server:
    """Start a registry of a kind on a folder."""
    folder.mkdir(parents=True)
    if kind == KINDS[0]:
        return stack.enter_context(ocitool_serve(folder))
    return stack.enter_context(distribution(program("registry"), folder))


def command(source: str, destination: str) -> list[str]:
    """Return the copy, as a process."""
    options = ["--src-tls-verify=false", "--dest-tls-verify=false", "--progress=none", "--json"]
    return [sys.executable, "-m", "ocitool", "copy", *options, source, destination]


def interrupted(kind: str, direction: str, source: str, destination: str, taps: tuple[Tap, Tap]) -> Row:
    """Kill a copy half-way, run it again, and count."""
    process = subprocess.Popen(
        command(source, destination), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if direction == "download":
        taps[0].wait(received=SIZE // 2, timeout_s=300)
    else:
        taps[1].wait(sent=SIZE // 2, timeout_s=300)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for tap in taps:
        tap.cut()
    killed_at = (taps[0].received if direction == "download" else taps[1].sent) / SIZE
    before = taps[0].received, taps[1].sent
    done = subprocess.run(command(source, destination), capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    blind = sum(not blob.get("VerifiedHere", True) for blob in result.get("Blobs", []))
    down, up = (taps[0].received - before[0]) / SIZE, (taps[1].sent - before[1]) / SIZE
    return Row(kind, direction, killed_at, down, up, blind)


def rows(kind: str, folder: Path) -> list[Row]:
    """Interrupt a download, an upload, and a copy from registry to registry."""
    layout, found = folder / "image", []
    write_layout(layout)
    with ExitStack() as stack:
        near, far = start(stack, kind, folder / "near"), start(stack, kind, folder / "far")
        up = stack.enter_context(Tap(far.address))
        image = f"oci:{layout}:{TAG}"
        nowhere = stack.enter_context(Tap(near.address))
        found.append(
            interrupted(kind, "upload", image, f"docker://{up.host}/{REPOSITORY}:{TAG}", (nowhere, up))
        )
        down = stack.enter_context(Tap(far.address))
        stored = f"docker://{down.host}/{REPOSITORY}:{TAG}"
        found.append(interrupted(kind, "download", stored, f"oci:{folder / 'copy'}:{TAG}", (down, nowhere)))
        source, target = stack.enter_context(Tap(far.address)), stack.enter_context(Tap(near.address))
        places = f"docker://{source.host}/{REPOSITORY}:{TAG}", f"docker://{target.host}/{REPOSITORY}:{TAG}"
        found.append(interrupted(kind, "registry to registry", *places, (source, target)))
    return found


def report(found: list[Row]) -> str:
    """Write the table."""
    lines = [
        "# Restart at full size",
        "",
        f"An image of {SIZE // 1_000_000} MB in four layers; the copy is killed (SIGKILL) when a tap on the",
        "wire has carried half of it, and run again. Shares of the image that the second run moved, counted",
        "by the tap; `python -m tests.soak` (`make soak`) writes this page.",
        "",
        "| registry | copy | killed at | second run down | second run up | blobs the registry had to judge |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.registry} | {row.direction} | {row.killed_at:.0%} | {row.down:.1%} | {row.up:.1%} "
        f"| {row.seen_by_destination} |"
        for row in found
    ]
    return "\n".join([*lines, "", f"Limit: {LIMIT:.0%} in each direction.", ""])


def main() -> int:
    """Run everything; 1 if a limit was passed."""
    found: list[Row] = []
    for kind in KINDS:
        with tempfile.TemporaryDirectory(prefix="ocitool-soak-", dir="/dev/shm") as folder:
            found += rows(kind, Path(folder))
    text = report(found)
    print(text)
    EVIDENCE.write_text(text, encoding="utf-8")
    return 0 if all(row.holds for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
