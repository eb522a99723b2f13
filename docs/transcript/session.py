"""Runs the commands of one page: one shell, one directory, a home of its own, real servers.

A page says ``127.0.0.1:5000`` and its like; what runs uses ports that were free, and what is printed is
translated back. The page's directory lies beside the ``docs`` of this repository, as it does for a reader who
makes one in a checkout.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]
HOME = "/home/you"
DEFAULT_ADDRESS = "127.0.0.1:5000"

_MARK = "\x1e"
_LISTEN = re.compile(r"--listen[ =](\S+)")
_LISTENING = re.compile(r"listening on https?://(\S+)")


class UnexpectedExit(Exception):
    """A command failed where nobody asked for its exit code."""


class Session:
    """A shell in a directory of its own; a context manager."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._addresses: dict[str, str] = {}
        self._programs: dict[str, str] = {}

    def __enter__(self) -> Self:
        top = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="ocitool-page-")))
        self._home = top / "you"
        self._folder = self._home / "ocitool" / "tour"
        self._folder.mkdir(parents=True)
        (self._folder.parent / "docs").symlink_to(ROOT / "docs")
        self._environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
            "HOME": str(self._home),
            # What the administrator of this machine has decided shall not show.
            "CONTAINERS_POLICY_JSON": str(ROOT / "docs" / "demo" / "policy.json"),
            "CONTAINERS_REGISTRIES_CONF": os.devnull,
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
            "COLUMNS": "100",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._shell = self._popen(["bash", "--noprofile", "--norc"], stdin=subprocess.PIPE)
        self._stack.callback(_end, self._shell)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def save(self, name: str, text: str) -> None:
        """Save a program that the page shows, with the addresses of the servers that run."""
        self._programs[name] = text
        (self._folder / name).write_text(self._real(text), encoding="utf-8")

    def run(self, command: str, *, may_fail: bool) -> str:
        """Run a command.

        Args:
            command: The command as the page shows it; one that ends with ``&`` is a server.
            may_fail: Whether an exit code other than 0 is in order.

        Returns:
            What it prints, in the words of the page.

        Raises:
            UnexpectedExit: It failed and may not.
        """
        if command.endswith(" &"):
            return self._serve(command.removesuffix(" &"))
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        # The exit code is handed on, so that the page's next command may ask for it.
        self._shell.stdin.write(
            f"{{ {self._real(command)}\n}} </dev/null\n"
            f"code=$?; printf '\\n{_MARK}%s\\n' $code; (exit $code)\n"
        )
        self._shell.stdin.flush()
        output = ""
        for line in self._shell.stdout:
            if line.startswith(_MARK):
                break
            output += line
        else:
            raise UnexpectedExit(f"the shell ended: {command}")
        output, code = output.removesuffix("\n"), int(line.strip(_MARK + "\n"))
        if code and not may_fail:
            raise UnexpectedExit(f"exit code {code}: {command}\n{output}")
        if output and not output.endswith("\n"):
            output += "\n"
        return self._shown(output)

    def _serve(self, command: str) -> str:
        found = _LISTEN.search(command)
        shown = found[1] if found else DEFAULT_ADDRESS
        command = _LISTEN.sub("", command) + " --listen 127.0.0.1:0"
        server = self._popen(shlex.split(self._real(command)), stdin=subprocess.DEVNULL)
        self._stack.callback(_end, server)
        assert server.stdout is not None
        output = ""
        for line in server.stdout:
            output += line
            if address := _LISTENING.search(line):
                self._addresses[shown] = address[1]
            if "Ctrl-C" in line:
                break
        if shown not in self._addresses:
            raise UnexpectedExit(f"no server: {command}\n{output}")
        threading.Thread(target=server.stdout.read, daemon=True).start()
        for name, text in self._programs.items():
            self.save(name, text)
        return self._shown(output)

    def _popen(self, command: list[str], *, stdin: int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def _real(self, text: str) -> str:
        for shown, real in self._addresses.items():
            text = text.replace(shown, real)
        return text

    def _shown(self, text: str) -> str:
        for shown, real in self._addresses.items():
            text = text.replace(real, shown)
        return text.replace(str(self._home), HOME)


def _end(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    process.wait()
