"""The tour of ``make demo`` runs to its end, and fails when something else than expected comes of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "docs.demo", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def test_tour_passes(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = demo(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "checks passed" in done.stdout.splitlines()[-1]
    assert (folder / "app.tar").is_file()
    assert (folder / "written-by-make-demo").is_file()


def test_tour_leaves_a_directory_alone_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    done = demo(tmp_path)
    assert done.returncode == 1
    assert "not empty" in done.stderr
    assert (tmp_path / "precious").read_text() == "kept"
