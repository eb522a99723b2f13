"""Our program as its users have it: a wheel, installed by pip into an environment that holds nothing else.

The environment of the developers is no measure of a start: there httpx finds pygments and imports it, and an
editable install looks for its modules in one more place.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / "build" / "bench-venv"


@cache
def folder() -> Path:
    """Make the environment, anew for what the checkout holds now.

    Returns:
        The folder of its programs.
    """
    subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
    python = ENVIRONMENT / "bin" / "python"
    pip = (python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    # The console scripts of older pips import `re` before anything of ours runs.
    subprocess.run([*pip, "--upgrade", "pip>=25.3"], check=True)
    subprocess.run([*pip, "--compile", ROOT], check=True)
    return ENVIRONMENT / "bin"
