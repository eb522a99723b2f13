"""What a run of Python imports."""

from __future__ import annotations

import subprocess
import sys

_MARK = "import time:"


def loaded_by(*arguments: str) -> set[str]:
    """Run Python and name every module that it imported; those that are built in do not appear."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    report = [line for line in done.stderr.splitlines() if _MARK in line]
    return {line.rpartition("|")[2].strip() for line in report}
