"""Builds the Go peers named in ``peers.toml`` into ``.peers/bin``, or into the folder OCITOOL_PEERS names.

Usage: ``python tests/peers/build.py GROUP`` (interop, all, bench), or ``... --versions`` to print the pins.

A program is built when its stamp does not hold the wanted version and compiler. Each build runs in a module
of its own that requires the peer, so that the checksum database vouches for what is fetched, and a
peer's deprecations or replacements have no say. Several checkouts may share one folder: builds hold a lock.
Without Go nothing is built: the tests that need a peer then say so themselves.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parent
FOLDER = Path(os.environ.get("OCITOOL_PEERS") or TESTS.parent / ".peers")
ATTEMPTS = 3
PAUSE_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One program written by others, at one version."""

    name: str
    groups: tuple[str, ...]
    module: str = ""
    version: str = ""
    package: str = "."
    source: str | None = None
    tags: tuple[str, ...] = ()

    def stamp(self, compiler: str) -> str:
        """Say what a finished binary was made from: with this text beside it, it need not be made again."""
        recipe = "" if self.source is None else (TESTS / self.source / "main.go").read_text(encoding="utf-8")
        return f"{self.module} {self.version} {' '.join(self.tags)}\n{compiler}\n{recipe}"


def peers() -> tuple[Peer, ...]:
    """Read the pins, in the order of the file."""
    table = tomllib.loads((HERE / "peers.toml").read_text(encoding="utf-8"))
    return tuple(
        Peer(
            name=name,
            groups=tuple(entry["groups"]),
            module=entry.get("module", ""),
            version=entry.get("version", ""),
            package=entry.get("package", "."),
            source=entry.get("source"),
            tags=tuple(entry.get("tags", ())),
        )
        for name, entry in table.items()
    )


def build(peer: Peer, compiler: str) -> None:
    """Build one peer, trying again after a failure of the network.

    Raises:
        subprocess.CalledProcessError: It could not be built; the compiler has said why.
    """
    binary, stamp = FOLDER / "bin" / peer.name, FOLDER / "stamp" / peer.name
    if binary.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == peer.stamp(compiler):
        return
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"peer-{peer.name}-", dir=FOLDER) as folder:
        module = Path(folder)
        if peer.source is not None:
            shutil.copy(TESTS / peer.source / "main.go", module)
        text = "module peer\n\ngo 1.24\n"
        if peer.module:
            text += f"\nrequire {peer.module} {peer.version}\n"
        (module / "go.mod").write_text(text, encoding="utf-8")
        _compile(module, "./peer", peer)
        stamp.write_text(peer.stamp(compiler), encoding="utf-8")
        (module / "peer").replace(binary)
    print(
        f"built {peer.name} {peer.version}".rstrip() + f" in {time.monotonic() - started:.0f} s", flush=True
    )


def _compile(module: Path, output: str, peer: Peer) -> None:
    command = ["go", "build", "-mod=mod", "-trimpath", "-ldflags=-s -w", f"-tags={','.join(peer.tags)}"]
    environment = {**os.environ, "CGO_ENABLED": "0"}
    for attempt in range(1, ATTEMPTS + 1):
        done = subprocess.run(
            [*command, "-o", output, peer.package],
            cwd=module,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 0:
            return
        print(
            f"{peer.name}: attempt {attempt} of {ATTEMPTS} failed\n{done.stderr}", file=sys.stderr, flush=True
        )
        if attempt < ATTEMPTS:
            time.sleep(PAUSE_S)
    done.check_returncode()


def main(arguments: list[str]) -> int:
    """Build the peers of one group; answers how many could not be built."""
    if arguments == ["--versions"]:
        for peer in peers():
            if peer.module:
                print(f"{peer.name} {peer.version} ({peer.module})")
        return 0
    (group,) = arguments
    go = shutil.which("go")
    if go is None:
        print("peers: Go is not installed; the tests that need a peer will say so", file=sys.stderr)
        return 0
    compiler = subprocess.run(
        [go, "env", "GOVERSION"], check=True, capture_output=True, text=True
    ).stdout.strip()
    for part in ("bin", "stamp"):
        (FOLDER / part).mkdir(parents=True, exist_ok=True)
    failed = 0
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for peer in peers():
            if group not in peer.groups:
                continue
            try:
                build(peer, compiler)
            except subprocess.CalledProcessError:
                failed += 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
