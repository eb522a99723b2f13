"""Docker's own daemon, as Debian has it, with a storage of its own and nothing of the network; needs root."""

from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.interop.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STOP_S = 20.0
_UP = "API listen on"


class Docker(Client):
    """The command, for a daemon of its own.

    Args:
        tool: Finds a program by its name.
        home: An empty folder for its settings.
        folder: The daemon's storage and its socket; the name has to be short.
    """

    name = "docker"

    def __init__(self, tool: Callable[[str], Path], home: Path, folder: Path) -> None:
        super().__init__(tool, home)
        self._daemon = tool("dockerd")
        self._folder = folder

    @property
    def host(self) -> str:
        """The daemon's address."""
        return f"unix://{self._folder}/docker.sock"

    def attempt(self, *arguments: object) -> subprocess.CompletedProcess[bytes]:
        return super().attempt("--host", self.host, *arguments)

    @contextmanager
    def daemon(self) -> Iterator[None]:
        """Run the daemon until the block ends."""
        folders = ("data-root", "exec-root", "pidfile")
        process = subprocess.Popen(
            [
                self._daemon,
                f"--host={self.host}",
                *(f"--{name}={self._folder}/{name}" for name in folders),
                "--iptables=false",
                "--ip6tables=false",
                "--bridge=none",
                "--storage-driver=vfs",
            ],
            env={"HOME": str(self._home), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        with process.stderr as said:
            lines: list[str] = []
            while not lines or _UP not in lines[-1]:
                line = said.readline()
                assert line, f"dockerd ended: {''.join(lines)}"
                lines.append(line)
            drain = threading.Thread(target=said.read, daemon=True)
            drain.start()
            try:
                yield
            finally:
                process.terminate()
                process.wait(STOP_S)
                drain.join(STOP_S)
