"""podman, and its service, with a storage of their own: a container engine that others wrote."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from tests.interop.client import Program
from tests.interop.service import running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Podman(Program):
    """podman over one storage. The driver needs nothing of the kernel, since tests run anywhere.

    Args:
        tool: Finds a program by its name.
        home: An empty folder for its settings.
        folder: Its storage, and the socket of its service; the name has to be short.
    """

    name = "podman"

    def __init__(self, tool: Callable[[str], Path], home: Path, folder: Path) -> None:
        super().__init__(tool, home)
        self._folder = folder
        self._runtime = tool("runc")

    @property
    def host(self) -> str:
        """The address of its service."""
        return f"unix://{self._folder}/podman.sock"

    def fed(self, stdin: IO[bytes] | None, *arguments: object) -> subprocess.CompletedProcess[bytes]:
        return super().fed(stdin, *self._storage, *arguments)

    def image(self, name: str) -> dict[str, Any]:
        """Inspect an image."""
        found: list[dict[str, Any]] = json.loads(self.run("image", "inspect", name))
        return found[0]

    def exit_code_of(self, image: str, *command: str) -> int:
        """Run a container, without a network and within any limits that this machine may have."""
        limits = ("--ulimit", "nofile=1000:1000", "--ulimit", "nproc=1000:1000", "--network=none")
        return self.attempt("run", "--rm", *limits, image, *command).returncode

    @contextmanager
    def service(self) -> Iterator[None]:
        """Serve the Engine API on a socket until the block ends."""
        words = ("--log-level=info", "system", "service", "--time=0", self.host)
        env = {"HOME": str(self._home), "PATH": "/usr/bin:/bin"}
        with running([self._path, *self._storage, *words], env=env, ready="API service listening"):
            yield

    @property
    def _storage(self) -> tuple[str, ...]:
        return (
            f"--root={self._folder}/root",
            f"--runroot={self._folder}/run",
            "--storage-driver=vfs",
            f"--runtime={self._runtime}",
        )
