"""Temporary files: none is larger than the largest layer, whatever is copied, and none is left.

The program runs under a limit on the size of files that it may write (RLIMIT_FSIZE): a larger one fails.
"""

from __future__ import annotations

import io
import os
import resource
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from oci.testing import ScriptedRegistry, build_image, random_layer
from ocitool.exit_code import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

LAYER_BYTES = 1_000_000
LIMIT = LAYER_BYTES + 100_000
"""What a layer has as a tar file, and a little more."""
IMAGE = build_image([random_layer(LAYER_BYTES, seed=number) for number in range(4)])
OTHER = build_image([random_layer(LAYER_BYTES, seed=number) for number in range(3, 7)])
_LIMITED = """
import resource, runpy, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
runpy.run_module("ocitool", run_name="__main__", alter_sys=True)
"""
PLAIN = ("--src-tls-verify=false", "--dest-tls-verify=false")


class Host:
    """Runs the program where files have a limit; what it leaves behind can be looked at.

    Args:
        folder: Its home, its temporary files, and the places of its images.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.scratch = folder / "scratch"
        self.scratch.mkdir()

    def run(self, *arguments: str, limit: int = LIMIT) -> subprocess.CompletedProcess[bytes]:
        """Run the program."""
        return subprocess.run(
            [sys.executable, "-c", _LIMITED, str(limit), "--insecure-policy", *arguments],
            env={**os.environ, "TMPDIR": str(self.scratch), "HOME": str(self._folder)},
            capture_output=True,
            check=False,
            timeout=60,
        )

    def left(self) -> list[str]:
        """Return the names of temporary files that are still there."""
        return [path.name for path in self.scratch.iterdir()]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture
def layout(tmp_path: Path) -> str:
    IMAGE.write_to(tmp_path / "app", "1")
    OTHER.write_to(tmp_path / "app", "2")
    return f"oci:{tmp_path}/app"


def test_the_limit_is_one(host: Host, layout: str, tmp_path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    done = host.run("copy", f"{layout}:1", f"oci-archive:{tmp_path}/whole.tar:1")
    assert done.returncode == ExitCode.STORAGE and not (tmp_path / "whole.tar").exists()


@pytest.mark.parametrize("transport", ["oci-archive", "docker-archive"])
def test_an_archive_goes_out_without_a_file_of_its_size(host: Host, layout: str, transport: str) -> None:
    done = host.run("copy", f"{layout}:1", f"{transport}:-:app:1")
    assert done.returncode == 0, done.stderr
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        assert sum(member.size > LAYER_BYTES for member in archive.getmembers()) == 4
    assert host.left() == []


CHANGES = {
    "zstd": ("--dest-compress-format", "zstd"),
    "zstd:chunked": ("--dest-compress-format", "zstd:chunked"),
    "expanded": ("--dest-decompress",),
    "v2s2": ("--format", "v2s2"),
}


@pytest.mark.parametrize("words", CHANGES.values(), ids=CHANGES)
def test_changes_need_files_of_one_layer_each(
    host: Host, layout: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    with ScriptedRegistry(tmp_path / "goal") as goal:
        names = (layout, f"docker://{goal.host}/mirror")
        done = host.run("sync", *PLAIN, *words, *names)
        assert done.returncode == 0, done.stdout
        assert sorted(goal.layout("mirror/app").names()) == ["1", "2"]
    assert host.left() == []


def test_what_is_not_changed_needs_none(host: Host, layout: str, tmp_path: Path) -> None:
    with ScriptedRegistry(tmp_path / "origin") as origin, ScriptedRegistry(tmp_path / "goal") as goal:
        for tag, image in (("1", IMAGE), ("2", OTHER)):
            origin.put("team/app", image, tag)
        names = (f"docker://{origin.host}/team/app", f"docker://{goal.host}/mirror")
        # What little is written is a note of uploads that are under way.
        done = host.run("sync", *PLAIN, *names, limit=10_000)
        assert done.returncode == 0, done.stdout
        assert sorted(goal.layout("mirror/app").names()) == ["1", "2"]
    assert host.left() == []
