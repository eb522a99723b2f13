"""The program as a process: what it prints where, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import oci
from ocitool.command_table import COMMANDS, SHOWN
from tests.integration.cli.process import ocitool


@pytest.mark.parametrize("arguments", [["--version"], ["-v"], ["--debug", "--version"]])
def test_the_version_goes_to_stdout(arguments: list[str]) -> None:
    done = ocitool(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"ocitool version {oci.__version__}\n", "")


def test_help_lists_every_command_with_its_summary() -> None:
    done = ocitool("--help", env={"COLUMNS": "200"})
    assert (done.returncode, done.stderr) == (0, "")
    for entry in COMMANDS:
        assert (f"  {entry.name} " in done.stdout) is (entry in SHOWN)
    assert COMMANDS[0].summary in done.stdout


def test_every_command_can_show_its_help() -> None:
    for entry in COMMANDS:
        done = ocitool(entry.name, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"Usage: ocitool {entry.name} ")


def test_without_a_command_help_goes_to_stderr() -> None:
    done = ocitool()
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith("Usage: ocitool ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["copi"], "ocitool: No such command 'copi'"),
        (["--frobnicate"], "ocitool: No such option '--frobnicate'"),
        (["--command-timeout", "soon", "completion", "bash"], "is not a length of time such as 90s or 1h30m"),
        (["completion"], "ocitool: completion: Missing argument"),
        (["completion", "tcsh"], "ocitool: completion: Invalid value"),
        (["manifest-digest"], "ocitool: manifest-digest: Missing argument 'FILE'"),
    ],
)
def test_a_wrong_command_line_is_said_in_one_line_with_a_hint(arguments: list[str], message: str) -> None:
    done = ocitool(*arguments)
    assert (done.returncode, done.stdout) == (64, "")
    assert message in done.stderr
    assert done.stderr.splitlines()[-1].startswith("hint: see ocitool ")
    assert len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize(
    "source", ["VERSION = 'of another oci'", "raise ImportError('half of it is missing')"]
)
def test_the_oci_of_somebody_else_is_recognised(tmp_path: Path, source: str) -> None:
    (tmp_path / "oci").mkdir()
    (tmp_path / "oci" / "__init__.py").write_text(source)
    done = ocitool("--version", env={"PYTHONPATH": str(tmp_path)}, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Oracle" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("hint: ")


def test_a_reader_that_goes_away_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = ocitool("completion", "bash", stdout=closed)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("arguments", [["completion", "zsh"], ["--version"], ["--help"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_under_stdout_is_a_storage_failure(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], unbuffered: str
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with Path("/dev/full").open("w") as full:
        done = ocitool(*arguments, stdout=full)
    assert done.returncode == 7
    (line,) = done.stderr.splitlines()
    assert line.endswith("No space left on device")


def test_a_closed_stdout_is_a_storage_failure() -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"exec '{sys.executable}' -m ocitool completion fish >&-"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 7
    assert "standard output" in done.stderr


def test_manifest_digest_of_a_file_and_of_stdin(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(b"{}")
    digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\n"
    assert ocitool("manifest-digest", str(manifest)).stdout == digest
    assert ocitool("manifest-digest", "-", stdin="{}").stdout == digest
    assert ocitool("manifest-digest", "--algorithm", "sha512", str(manifest)).stdout.startswith(
        "sha512:27c74670"
    )


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = ocitool("manifest-digest", str(tmp_path / "none"))
    assert done.returncode == 7
    assert done.stderr == f"ocitool: manifest-digest: {tmp_path}/none: No such file or directory\n"


STUCK = """
import sys, threading
from ocitool.failure import report
from ocitool.interruption import interruptible
try:
    with interruptible({timeout}) as token:
        print("ready", flush=True)
        {work}
except BaseException as error:
    sys.exit(report(error, debug=False))
"""
# Whoever runs the tests under nohup has it ignored, and what is ignored stays so.
LISTENING = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)"
COOPERATIVE = "token.wait(60); token.raise_if_cancelled()"
DEAF = "threading.Lock().acquire(); threading.Event().wait(60)"


@pytest.mark.parametrize("work", [COOPERATIVE, DEAF], ids=["cooperative", "deaf"])
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=lambda n: f"{n:d}",
)
def test_a_signal_ends_the_process_whatever_it_is_doing(work: str, number: signal.Signals, code: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LISTENING + STUCK.format(timeout=None, work=work)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.wait(60) == code


def test_two_signals_end_it_as_well() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUCK.format(timeout=None, work=DEAF)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) in {130, 143}


@pytest.mark.parametrize("work", [COOPERATIVE, DEAF], ids=["cooperative", "deaf"])
def test_the_time_limit_ends_it(work: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STUCK.format(timeout=0.05, work=work)],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 124


def test_an_ignored_signal_stays_ignored() -> None:
    work = "import os, signal; os.kill(os.getpid(), signal.SIGHUP); print(token.wait(0.2))"
    done = subprocess.run(
        [sys.executable, "-c", STUCK.format(timeout=None, work=work)],
        capture_output=True, text=True, check=False, timeout=60,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "ready\nFalse\n")


def test_a_reader_of_remarks_that_goes_away_changes_nothing(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "ocitool", "inspect", f"oci:{tmp_path}/none:1"],
        stdout=subprocess.PIPE, stderr=writing, check=False, timeout=60,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stdout) == (2, b"")
