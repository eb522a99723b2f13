"""What the benchmark measures is the program's own cost, and a failing program has none."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.bench.measure import Failed, run

if TYPE_CHECKING:
    from pathlib import Path

MB = 1_000_000


def test_a_run_is_accounted_for(tmp_path: Path) -> None:
    sample = run([sys.executable, "-c", "sum(range(10**6))"], {}, tmp_path / "log")
    assert sample.cpu_s > 0
    assert sample.wall_s > 0


def test_the_peak_of_memory_is_that_of_the_program_and_not_of_its_parent(tmp_path: Path) -> None:
    ballast = bytearray(200 * MB)
    hold = "import time; held = bytearray(50_000_000); time.sleep(0.5)"  # long enough to be seen many times
    sample = run([sys.executable, "-c", hold], {}, tmp_path / "log", watch_memory=True)
    assert 50 * MB < sample.peak_bytes < 150 * MB < len(ballast)


def test_what_a_failing_program_said_is_kept(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"status 3\nalas"):
        run([sys.executable, "-c", "import sys; print('alas'); sys.exit(3)"], {}, tmp_path / "log")


def test_what_a_server_needs_meanwhile_is_its_own_account(tmp_path: Path) -> None:
    asked, answered = tmp_path / "asked", tmp_path / "answered"
    os.mkfifo(asked)
    os.mkfifo(answered)
    serve = f"""
import time
open({str(asked)!r}).read()
until = time.process_time() + 0.1
while time.process_time() < until:
    pass
open({str(answered)!r}, "w").close()
"""
    ask = f"open({str(asked)!r}, 'w').close(); open({str(answered)!r}).read()"
    with subprocess.Popen([sys.executable, "-c", serve]) as server:
        sample = run([sys.executable, "-c", ask], {}, tmp_path / "log", servers=[server.pid])
    assert sample.servers_cpu_s >= 0.05
