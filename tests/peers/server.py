"""Servers that tests talk to, as real processes on a port of their own choosing.

Each listens on port 0 of the loopback address and says where: the line that says so is waited for, so nothing
sleeps, polls, or races for a free port. What a server prints afterwards is kept for the failure report.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LAST_LINES = 200
STOP_S = 10.0

_ADDRESS = re.compile(r"(?:listening on |https?://)((?:127\.0\.0\.1|\[::1\]):\d+)")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server.

    Attributes:
        address: ``host:port`` on loopback.
        process: The process itself, to be signalled or waited for.
        said: The last lines that it printed, on either stream.
    """

    address: str
    process: subprocess.Popen[str]
    said: deque[str]


@contextmanager
def running(command: Sequence[str | Path]) -> Iterator[Server]:
    """Run a server until the block ends, then terminate it.

    Args:
        command: What to run; it has to print the address it listens on.

    Raises:
        RuntimeError: It ended, or closed its output, without naming an address.
    """
    said: deque[str] = deque(maxlen=LAST_LINES)
    process = subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = process.stdout
    assert output is not None
    drain = threading.Thread(target=said.extend, args=(output,), daemon=True)
    with output:
        try:
            address = _await_address(output, said)
            drain.start()
            yield Server(address=address, process=process, said=said)
        finally:
            _stop(process)
            if drain.ident is not None:
                drain.join()


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await_address(output: IO[str], said: deque[str]) -> str:
    for line in output:
        said.append(line)
        found = _ADDRESS.search(line)
        if found:
            return found[1]
    message = f"the server ended without naming an address:\n{''.join(said)}"
    raise RuntimeError(message)


@contextmanager
def distribution(
    binary: Path,
    folder: Path,
    *,
    tls: tuple[Path, Path] | None = None,
    htpasswd: Path | None = None,
    schema1: bool = False,
) -> Iterator[Server]:
    """Run a distribution registry (Debian's ``docker-registry``, or a newer ``registry``), deletes enabled.

    Args:
        binary: The program.
        folder: An existing folder for its configuration and its storage.
        tls: Certificate and key, as PEM files; without them it speaks plain HTTP.
        htpasswd: A file of bcrypt entries; without it everybody may do everything.
        schema1: Whether it takes manifests of schema 1; only Debian's still knows them.
    """
    http: dict[str, object] = {"addr": "127.0.0.1:0"}
    if tls is not None:
        http["tls"] = {"certificate": str(tls[0]), "key": str(tls[1])}
    config: dict[str, object] = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}, "delete": {"enabled": True}},
        "http": http,
        "log": {"level": "info", "accesslog": {"disabled": True}},
    }
    if htpasswd is not None:
        config["auth"] = {"htpasswd": {"realm": "test", "path": str(htpasswd)}}
    if schema1:
        config["compatibility"] = {"schema1": {"enabled": True}}
    path = folder / "registry.yml"
    path.write_text(json.dumps(config), encoding="utf-8")
    with running([binary, "serve", path]) as server:
        yield server


@contextmanager
def ocitool_serve(folder: Path, *options: str) -> Iterator[Server]:
    """Run our own registry over a folder."""
    with running(
        [sys.executable, "-m", "ocitool", "serve", folder, "--listen", "127.0.0.1:0", *options]
    ) as server:
        yield server
