"""Installs the package ``sigstore``, which signs without keys, into ``.peers/sigstore`` (or OCITOOL_PEERS).

Not into the environment of the tests: it brings packages along that others load when they are there, and what
is loaded at the start is tested.
"""

from __future__ import annotations

import subprocess
import sys

from tests.peers.build import FOLDER

VERSION = "4.5.1"

if __name__ == "__main__":
    folder = FOLDER / "sigstore"
    if not (folder / f"sigstore-{VERSION}.dist-info").is_dir():
        words = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(folder)]
        subprocess.run([*words, f"sigstore=={VERSION}"], check=True)
