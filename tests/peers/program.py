"""Where the programs are that tests run: a peer that was built comes before one that is installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("OCITOOL_PEERS") or ROOT / ".peers")
"""Where built peers are."""


def locate(name: str) -> Path | None:
    """Find a program by its name; None when it is neither built nor installed."""
    found = shutil.which(name, path=f"{FOLDER / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    return None if found is None else Path(found)
