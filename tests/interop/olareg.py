"""The olareg registry as a process: it never says where it listens, so it is given a port and asked."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_S = 20.0
STOP_S = 10.0
_PAUSE_S = 0.02


@contextmanager
def olareg(binary: Path) -> Iterator[str]:
    """Run olareg in memory, with its delete API, until the block ends; give its address."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    options = ("--addr", "127.0.0.1", "--port", str(port), "--store-type", "mem", "--api-delete")
    process = subprocess.Popen(
        [binary, "serve", *options], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_answer(process, port)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(STOP_S)


def _await_answer(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_S)
        try:
            connection.request("GET", "/v2/")
            if connection.getresponse().status == 200:
                return
        except ConnectionError:
            time.sleep(_PAUSE_S)
        finally:
            connection.close()
    message = f"olareg does not answer on port {port}"
    raise RuntimeError(message)
