"""An archive on standard output is all that goes there; one from standard input is read."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from oci.spec import Digest
from oci.tar import END
from oci.testing import build_image, layer

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


@pytest.fixture(params=["docker-archive", "oci-archive"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("place", ["-", "/dev/stdout", "/dev/fd/1"])
def test_nothing_but_the_archive_goes_to_standard_output(layout: str, transport: str, place: str) -> None:
    done = ocitool("copy", "--json", layout, f"{transport}:{place}:app:1", capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(END)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        assert f"blobs/sha256/{IMAGE.digest.encoded}" in archive.getnames()
    again = ocitool("inspect", "--raw", f"{transport}:-:app:1", input=done.stdout, capture_output=True)
    assert again.stdout == IMAGE.raw


def test_a_plan_for_standard_output_is_printed_there(layout: str, transport: str) -> None:
    done = ocitool("copy", "--dry-run", layout, f"{transport}:-:app:1", capture_output=True)
    assert done.returncode == 0, done.stderr
    assert str(IMAGE.digest).encode() in done.stdout


def test_standard_output_that_is_a_file_is_written_on_from_where_it_is(
    layout: str, transport: str, tmp_path: Path
) -> None:
    path = tmp_path / "images.tar"
    with path.open("wb") as file:
        file.write(b"before")
        file.flush()
        done = ocitool("copy", layout, f"{transport}:/dev/stdout", stdout=file, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    content = path.read_bytes()
    assert content.startswith(b"before") and content.endswith(END)
    assert {found.name for found in tmp_path.iterdir()} == {"layout", "images.tar"}
    again = ocitool("inspect", "--raw", f"{transport}:-", input=content[6:], capture_output=True)
    assert again.stdout == IMAGE.raw


def test_a_directory_called_like_a_stream_is_a_directory(layout: str, tmp_path: Path) -> None:
    done = ocitool("copy", layout, "oci:-:1", capture_output=True, cwd=tmp_path)
    assert Digest.parse(done.stdout.decode().strip()) == IMAGE.digest
    assert (tmp_path / "-" / "index.json").exists()


def test_a_copy_that_fails_writes_nothing(tmp_path: Path, transport: str) -> None:
    done = ocitool("copy", f"oci:{tmp_path}/absent:1", f"{transport}:-:app:1", capture_output=True)
    assert done.returncode == 2
    assert done.stdout == b""


def test_a_reader_that_goes_away_is_a_failure(layout: str, transport: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = ocitool("copy", layout, f"{transport}:-:app:1", stdout=pipe, stderr=subprocess.PIPE)
    assert done.returncode not in {0, 70}
    assert b"Traceback" not in done.stderr
