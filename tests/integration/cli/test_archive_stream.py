"""An archive on standard output is all that goes there; one from standard input is read."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from oci.tar import END
from oci.testing import build_image, layer
from oci.transports.docker_archive.source import DockerArchiveSource

if TYPE_CHECKING:
    from pathlib import Path

IMAGE = build_image([layer({"etc/os-release": b"ID=test"})])


def ocitool(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ocitool", "--insecure-policy", *arguments]
    return subprocess.run(command, check=False, timeout=60, **options)  # type: ignore[call-overload,no-any-return]  # passed on


@pytest.fixture
def layout(tmp_path: Path) -> str:
    IMAGE.write_to(tmp_path / "layout", "1")
    return f"oci:{tmp_path}/layout:1"


@pytest.mark.parametrize("place", ["-", "/dev/stdout", "/dev/fd/1"])
def test_nothing_but_the_archive_goes_to_standard_output(layout: str, place: str, tmp_path: Path) -> None:
    done = ocitool("copy", layout, f"docker-archive:{place}:app:1", capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(END)
    source = DockerArchiveSource.of_stream(io.BytesIO(done.stdout).read, tmp_path / "piped")
    assert source.open("app:1").content == IMAGE.raw
    source.close()
    again = ocitool("inspect", "--raw", "docker-archive:-:app:1", input=done.stdout, capture_output=True)
    assert again.stdout == IMAGE.raw


def test_standard_output_that_is_a_file_gets_the_archive(layout: str, tmp_path: Path) -> None:
    path = tmp_path / "images.tar"
    with path.open("wb") as file:
        done = ocitool("copy", layout, "docker-archive:-:app:1", stdout=file, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    source = DockerArchiveSource.at(path)
    assert source.open("app:1").content == IMAGE.raw
    source.close()


def test_a_copy_that_fails_writes_nothing(tmp_path: Path) -> None:
    done = ocitool("copy", f"oci:{tmp_path}/absent:1", "docker-archive:-:app:1", capture_output=True)
    assert done.returncode == 2
    assert done.stdout == b""


def test_a_reader_that_goes_away_is_a_failure(layout: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = ocitool("copy", layout, "docker-archive:-:app:1", stdout=pipe, stderr=subprocess.PIPE)
    assert done.returncode not in {0, 70}
    assert b"Traceback" not in done.stderr
