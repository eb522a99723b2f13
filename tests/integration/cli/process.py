"""The program as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def ocitool(
    *arguments: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    stdout: IO[str] | int = subprocess.PIPE,
) -> subprocess.CompletedProcess[str]:
    """Run the program and wait for its end.

    Args:
        arguments: What follows its name.
        env: Variables to set beside those of this process.
        cwd: Where to run it.
        stdin: What it can read from its standard input.
        stdout: Where its standard output goes.
    """
    return subprocess.run(
        [sys.executable, "-m", "ocitool", *arguments],
        env={**os.environ, **(env or {})},
        cwd=cwd,
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )


def hints(text: str) -> list[str]:
    """Return the hints among the lines of a standard error."""
    return [line.removeprefix("hint: ") for line in text.splitlines() if line.startswith("hint: ")]
