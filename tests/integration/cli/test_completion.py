"""Completion as the shells ask for it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ocitool.command_table import SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def completed(line: str) -> dict[str, str]:
    """Ask as click's fish script does; return the words with their help."""
    words = line.split(" ")
    done = subprocess.run(
        [sys.executable, "-m", "ocitool"],
        env={
            **os.environ,
            "_OCITOOL_COMPLETE": "fish_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": words[-1],
        },
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    rows = (line.partition(",") for line in done.stdout.splitlines())
    words_with_help = (row.partition("\t") for kind, _, row in rows if kind == "plain")
    return {word: text for word, _, text in words_with_help}


def test_commands_come_with_their_summaries() -> None:
    assert completed("ocitool ") == {entry.name: entry.summary for entry in SHOWN}


def test_a_beginning_is_completed() -> None:
    assert completed("ocitool comp").keys() == {"completion"}
    assert completed("ocitool completion ").keys() == {"bash", "zsh", "fish"}


def test_completing_a_command_imports_none() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "ocitool"],
        env={**os.environ, "_OCITOOL_COMPLETE": "fish_complete", "COMP_WORDS": "ocitool ", "COMP_CWORD": ""},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "completion" in done.stdout
    assert "ocitool.command." not in done.stderr


@pytest.fixture
def program_folder(tmp_path: Path) -> Path:
    """Return a folder with an `ocitool` in it, to be put on the path."""
    program = tmp_path / "ocitool"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m ocitool \"$@\"\n")
    program.chmod(0o755)
    return tmp_path


SHELLS = {
    "bash": (
        "source <(ocitool completion bash); COMP_WORDS=(ocitool ma); COMP_CWORD=1; "
        '_ocitool_completion ocitool; printf "%s\\n" "${COMPREPLY[@]}"'
    ),
    "fish": 'ocitool completion fish | source; complete --do-complete "ocitool ma"',
    "zsh": (
        "autoload -Uz compinit && compinit -u -D; source <(ocitool completion zsh);"
        ' _describe() { print -rl -- "${(@P)3}" }; words=(ocitool ma); CURRENT=2; _ocitool_completion'
    ),
}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_completes(shell: str, tool: Callable[[str], Path], program_folder: Path) -> None:
    path = f"{program_folder}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [tool(shell), "-c", SHELLS[shell]],
        env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "manifest-digest" in done.stdout, done.stderr
