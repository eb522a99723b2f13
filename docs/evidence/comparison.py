"""Puts ocitool and its peers before the same two tasks, and writes down what each did.

    make interop-all                               builds the peers
    python -m docs.evidence.comparison [--write]   prints the page, or writes it to comparison.md

1. A copy is killed (SIGKILL) when a relay has carried half of a layer, and run again. What does the relay
   carry the second time?
2. An index with two referrers and a tag of cosign's kind is copied between registries, with the options of
   each tool that keep and take along the most. What has arrived?

A peer that is not there is left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from docs.demo import image
from docs.demo.slow_link import SlowLink
from oci.testing import build_image, random_layer
from tests.bench.contestant import COPIERS, OURS, Place
from tests.peers.build import peers
from tests.peers.program import locate
from tests.peers.server import ocitool_serve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oci.testing import Content

PAGE = Path(__file__).with_name("comparison.md")
TOOLS = (OURS, "crane", "regctl", "oras", "imagecopy", "skopeo")
TAKES_ALONG = {
    OURS: ("--all", "--referrers"),
    "crane": (),
    "regctl": ("--referrers", "--digest-tags"),
    "oras": ("--recursive",),
    "skopeo": ("--all", "--preserve-digests"),
}
LAYER_BYTES = 64_000_000
LINK_BYTES_PER_S = 16_000_000
WAIT_S = 120.0

INTRODUCTION = """\
<!-- Written by docs/evidence/comparison.py. -->

# The same two tasks for everybody

Each row is one tool, run as its users run it, against registries that are `ocitool serve` on loopback.
imagecopy is the engine of a current skopeo (containers/image) under a main function of ours; skopeo is the
one of Debian 12.

"""


def main(arguments: list[str]) -> int:
    """Run everything; print the page or write it."""
    with tempfile.TemporaryDirectory(prefix="ocitool-comparison-") as folder:
        page = INTRODUCTION + _versions() + _restarts(Path(folder)) + _company(Path(folder))
    if "--write" in arguments:
        PAGE.write_text(page, encoding="utf-8")
    else:
        print(page)
    return 0


def _versions() -> str:
    known = {peer.name: f"{peer.version}, module {peer.module}" for peer in peers()}
    known |= {name: _output(_program(name), "--version") for name in (OURS, "skopeo") if _is_there(name)}
    return _table(("tool", "version"), [(name, known[name]) for name in TOOLS if _is_there(name)])


def _restarts(folder: Path) -> str:
    content = build_image([random_layer(LAYER_BYTES, compression="none")])
    size = content.leaves[1].descriptor.size
    rows = []
    for name in filter(_is_there, TOOLS):
        home = folder / "restart" / name
        home.mkdir(parents=True)
        shares = [run(name, home, content, size) for run in (_download, _upload)]
        rows.append((name, *(f"{share:.0%}" for share in shares)))
        print(*rows[-1], file=sys.stderr)
    heading = (
        f"## Killed half-way, and run again\n\nOne layer of {size / 1e6:.0f} MB behind a link of "
        f"{LINK_BYTES_PER_S / 1e6:.0f} MB/s. Shares of the layer that the link carried in the second run.\n\n"
    )
    return heading + _table(("tool", "registry to layout", "layout to registry"), rows)


def _download(name: str, home: Path, content: Content, size: int) -> float:
    content.write_to(home / "source" / "big", "1")
    with ocitool_serve(home / "source") as server, SlowLink(server.address, LINK_BYTES_PER_S) as link:
        origin = Place(kind="http", name=f"{link.address}/big", tag="1")
        return _kill_and_repeat(
            name, origin, Place(kind="layout", name=str(home / "copy"), tag="1"), link, size
        )


def _upload(name: str, home: Path, content: Content, size: int) -> float:
    content.write_to(home / "layout", "1")
    with ocitool_serve(home / "target") as server, SlowLink(server.address, LINK_BYTES_PER_S) as link:
        target = Place(kind="http", name=f"{link.address}/big", tag="1")
        return _kill_and_repeat(
            name, Place(kind="layout", name=str(home / "layout"), tag="1"), target, link, size
        )


def _kill_and_repeat(name: str, source: Place, destination: Place, link: SlowLink, size: int) -> float:
    command = _copy(name, source, destination)
    process = subprocess.Popen(
        command, env=_environment(source, destination), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while link.carried_bytes < size / 2:
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended before it could be killed")
        time.sleep(0.01)
    process.kill()
    process.wait()
    before = link.settled()
    _run(command, _environment(source, destination))
    return (link.settled() - before) / size


def _company(folder: Path) -> str:
    made = image.write(folder / "from" / "app")
    listed = json.loads((folder / "from/app/index.json").read_text())["manifests"]
    tag = str(made.digest).replace(":", "-") + ".sig"
    tagged = next(
        e["digest"]
        for e in listed
        if (e.get("annotations") or {}).get("org.opencontainers.image.ref.name") == tag
    )
    referrers = [e["digest"] for e in listed if "annotations" not in e]
    rows = []
    with ExitStack() as stack:
        first = stack.enter_context(ocitool_serve(folder / "from")).address
        second = stack.enter_context(ocitool_serve(folder / "to")).address
        for name, options in TAKES_ALONG.items():
            if not _is_there(name):
                continue
            source, destination = (
                Place(kind="http", name=f"{host}/{part}", tag="1.0")
                for host, part in ((first, "app"), (second, name))
            )
            command = [*_copy(name, source, destination), *options]
            _run(command, _environment(source, destination))
            arrived = {f"sha256:{path.name}" for path in (folder / "to" / name / "blobs/sha256").iterdir()}
            rows.append((
                name,
                " ".join(options),
                "yes" if str(made.digest) in arrived else "no",
                f"{sum(digest in arrived for digest in referrers)} of {len(referrers)}",
                "yes" if tagged in arrived else "no",
            ))  # fmt: skip
    return "## What comes along\n\n" + _table(
        ("tool", "options", "index, byte for byte", "referrers", "cosign's tag"), rows
    )


def _copy(name: str, source: Place, destination: Place) -> list[str]:
    if name == "crane" and not source.is_registry:
        return [_program("crane"), "push", "--insecure", source.name, destination.bare]
    return [str(word) for word in COPIERS[name](source, destination)]


def _environment(*places: Place) -> dict[str, str]:
    """Return an environment whose home is the same for both runs of a pair, and of no other."""
    home = next(
        (Path(place.name).parent for place in places if not place.is_registry), Path(tempfile.gettempdir())
    )
    return {"HOME": str(home), "PATH": "/usr/bin:/bin"}


def _run(command: Sequence[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=WAIT_S, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr}")


def _is_there(name: str) -> bool:
    return name == OURS or locate(name) is not None


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(OURS) if name == OURS else locate(name))


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
