"""What the tour stands on: commands that are shown before they run, servers, and checks that end it.

Every command is printed as a shell would take it and run as a process of its own. Nothing of the person who
runs the tour takes part: home directory and environment are the tour's own, so no login, proxy or settings of
theirs decides what is seen.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

WAIT_S = 60.0
_LISTENING = re.compile(r"listening on http://(\S+)")


class Failed(Exception):
    """A step did not do what it should."""


@dataclass
class Stage:
    """Runs the tour's commands in one directory.

    Args:
        folder: The directory, which exists.
        checks: What was compared with something that this project did not write.
    """

    folder: Path
    checks: int = 0
    _environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        programs = Path(sys.executable).parent
        home = self.folder / "home"
        home.mkdir()
        self._environment = {
            "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}",
            "HOME": str(home),
            # What the administrator of this machine has decided shall not show.
            "CONTAINERS_POLICY_JSON": str(Path(__file__).with_name("policy.json")),
            "CONTAINERS_REGISTRIES_CONF": os.devnull,
            "LC_ALL": "C.UTF-8",
            "TERM": os.environ.get("TERM", "dumb"),
            "COLUMNS": os.environ.get("COLUMNS", "100"),
        }

    def chapter(self, title: str) -> None:
        """Print a heading."""
        print(f"\n== {title}\n", flush=True)

    def say(self, text: str) -> None:
        """Print a remark."""
        print(f"   {text}", flush=True)

    def run(self, command: str, *, expected: int = 0, last_lines: int | None = None) -> str:
        """Show a command, run it, show what it prints.

        Args:
            command: What a person would type into a shell.
            expected: The exit code it must have.
            last_lines: How much of the output is shown, counted from its end; None for all of it.

        Returns:
            Its standard output.
        """
        print(f"$ {command}", flush=True)
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            # Bars need the terminal; lines are to stand where they belong among those of the tour.
            stderr=None if sys.stderr.isatty() else sys.stdout.fileno(),
            timeout=WAIT_S,
            check=False,
        )
        output = done.stdout.decode()
        print(output if last_lines is None else _tail(output, last_lines), end="", flush=True)
        if done.returncode:
            print(f"(exit code {done.returncode})", flush=True)
        if done.returncode != expected:
            self.fail(f"exit code {done.returncode} instead of {expected}: {command}")
        return output

    def start(self, command: str) -> subprocess.Popen[str]:
        """Show a command and start it, with its standard error in a pipe."""
        print(f"$ {command}", flush=True)
        return self._begin(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def _begin(self, command: str, *, stdout: int, stderr: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            shlex.split(command),
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
        )

    @contextmanager
    def registry(self, folder: str) -> Iterator[str]:
        """Serve a directory as a registry until the block ends; yields ``host:port``."""
        command = f"ocitool serve {folder} --listen 127.0.0.1:0"
        print(f"$ {command} &", flush=True)
        server = self._begin(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            print(line, end="", flush=True)
            found = _LISTENING.match(line)
            if not found:
                self.fail(f"no registry: {command}")
            yield found[1]
        finally:
            server.terminate()
            server.communicate()

    def check(self, what: str, *, found: object, expected: object) -> None:
        """Compare, say so, and end the tour where they differ."""
        if found != expected:
            self.fail(f"{what}: {found} instead of {expected}")
        self.checks += 1
        self.say(f"checked: {what}")

    def fail(self, reason: str) -> NoReturn:
        """End the tour."""
        raise Failed(reason)


def _tail(text: str, count: int) -> str:
    lines = text.splitlines(keepends=True)
    left_out = len(lines) - count
    return "".join([f"... ({left_out} lines)\n", *lines[-count:]] if left_out > 0 else lines)
