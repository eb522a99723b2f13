"""Docker's own daemon, as Debian has it, with a storage of its own and nothing of the network; needs root."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.interop.client import Program
from tests.interop.service import running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Docker(Program):
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
        command: list[str | Path] = [
            self._daemon,
            f"--host={self.host}",
            *(f"--{name}={self._folder}/{name}" for name in folders),
            "--iptables=false",
            "--ip6tables=false",
            "--bridge=none",
            "--storage-driver=vfs",
        ]
        env = {"HOME": str(self._home), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        with running(command, env=env, ready="API listen on"):
            yield
