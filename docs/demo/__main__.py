"""The tour: ``make demo``, or ``python -m docs.demo [DIRECTORY]``.

Two registries on loopback, an image for several platforms with signatures attached, and every command that
there is at work on them. Each result is compared with what hashlib, tarfile and the file system say; a
difference, or an exit code other than the expected one, ends the tour with 1. It leaves its directory for
people to look around in.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from docs.demo.stage import Failed, Stage
from docs.demo.tour import tour

DEFAULT = Path(__file__).resolve().parents[2] / "build" / "demo"
MARKER = "written-by-make-demo"


def main(arguments: list[str]) -> int:
    """Run the tour in a directory that it makes, or that an earlier tour made."""
    folder = Path(arguments[0]).absolute() if arguments else DEFAULT
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        print(f"demo: {folder} is not empty, and no earlier tour made it", file=sys.stderr)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARKER).touch()
    began_s = time.monotonic()
    stage = Stage(folder)
    try:
        tour(stage)
    except Failed as failure:
        print(f"\ndemo: FAILED: {failure}", flush=True)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: interrupted")
        return 130
    print(f"\ndemo: all {stage.checks} checks passed in {time.monotonic() - began_s:.0f} s; look in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
