"""A service of somebody else's that runs for as long as a test needs it."""

from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

STOP_S = 60.0
"""Seconds that it has to end in; only what hangs takes so long."""


@contextmanager
def running(command: Sequence[str | Path], *, env: Mapping[str, str], ready: str) -> Iterator[None]:
    """Run a service until the block ends.

    Args:
        command: The program and its arguments.
        env: Its environment.
        ready: What stands in the line of its standard error that says that it serves.
    """
    process = subprocess.Popen(
        list(command), env=dict(env), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    with process.stderr as said:
        lines: list[str] = []
        while not lines or ready not in lines[-1]:
            line = said.readline()
            assert line, f"{command[0]} ended: {''.join(lines)}"
            lines.append(line)
        drain = threading.Thread(target=said.read, daemon=True)
        drain.start()
        try:
            yield
        finally:
            process.terminate()
            process.wait(STOP_S)
            drain.join(STOP_S)
