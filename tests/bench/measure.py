"""Runs one program and says what it cost: wall time, processor time, the most memory it held.

Processor time comes from the kernel's account of the process when it is reaped; that of the servers it worked
with, from their accounts before and after. The peak of memory does not:
``ru_maxrss`` of a child begins with the size of the parent that started it, which here is more than some
peers ever hold. It is the high-water mark of the process's own memory map instead, read while it runs.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WATCH_S = 0.02
MOST_OUTPUT = 4000


class Failed(Exception):
    """A contestant ended with an error, or is not there: its row has no figures."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What one run cost.

    Attributes:
        wall_s: Seconds from start to end.
        cpu_s: Seconds of processor time, in user and in kernel mode.
        peak_bytes: The most memory it held; 0 when it was not watched.
        servers_cpu_s: Seconds of processor time that the servers needed meanwhile.
        moved_bytes: Bytes that came over the connections that were counted.
    """

    wall_s: float
    cpu_s: float
    peak_bytes: int = 0
    servers_cpu_s: float = 0.0
    moved_bytes: int = 0


def run(
    command: Sequence[str | Path],
    environment: dict[str, str],
    log: Path,
    *,
    watch_memory: bool = False,
    servers: Sequence[int] = (),
) -> Sample:
    """Run a program to its end.

    Args:
        command: The program's full path, and its arguments.
        environment: All of its environment.
        log: A file for what it prints.
        watch_memory: Look at its memory every 20 ms, which costs a little time: not for runs that are timed.
        servers: The processes that it works with; they go on running.

    Raises:
        Failed: It ended with another status than 0.
    """
    arguments = [str(part) for part in command]
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), write, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    served_s = _cpu_s(servers)
    started = time.perf_counter()
    process = os.posix_spawn(arguments[0], arguments, environment, file_actions=files)
    watch = _Watch(process) if watch_memory else None
    _, status, usage = os.wait4(process, 0)
    wall_s = time.perf_counter() - started
    peak_bytes = watch.stop() if watch is not None else 0
    if status != 0:
        said = log.read_text(encoding="utf-8", errors="replace")[-MOST_OUTPUT:]
        message = f"{' '.join(arguments)}: status {os.waitstatus_to_exitcode(status)}\n{said}"
        raise Failed(message)
    return Sample(
        wall_s=wall_s,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_bytes=peak_bytes,
        servers_cpu_s=_cpu_s(servers) - served_s,
    )


def _cpu_s(processes: Sequence[int]) -> float:
    """Add up the processor time that running processes have needed so far (proc_pid_stat(5), 14 and 15)."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class _Watch:
    """Follows the high-water mark of one process until it ends."""

    def __init__(self, process: int) -> None:
        self._status = Path(f"/proc/{process}/status")
        self._peak_bytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Stop watching.

        Returns:
            The highest mark seen, in bytes.
        """
        self._ended.set()
        self._thread.join()
        return self._peak_bytes

    def _follow(self) -> None:
        while not self._ended.wait(WATCH_S):
            try:
                lines = self._status.read_text(encoding="ascii", errors="replace").splitlines()
            except OSError:
                return
            for line in lines:
                if line.startswith("VmHWM:"):
                    self._peak_bytes = max(self._peak_bytes, int(line.split()[1]) * 1024)
