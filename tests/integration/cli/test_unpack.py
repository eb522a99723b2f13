"""``ocitool unpack``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.cli.process import ocitool
from tests.integration.layers.conftest import root
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import file, member, names, tar

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["root"]


@pytest.fixture
def image(tmp_path: Path) -> str:
    raw = tar(file("a"), member("b", owner=(1, 2), records={"SCHILY.xattr.user.overlay.x": "1"}))
    write_layout(tmp_path / "layout", [raw])
    return f"oci:{tmp_path}/layout:v1"


def test_the_digest_is_printed_and_what_was_left_out_is_said(tmp_path: Path, image: str) -> None:
    done = ocitool("unpack", image, str(tmp_path / "t"))
    assert done.returncode == 0
    assert done.stdout == ocitool("inspect", "--format", "{{.Digest}}", image).stdout
    assert "left out: the attribute user.overlay.x" in done.stderr
    assert names(tmp_path / "t") == ["a", "b"]


def test_a_directory_that_is_not_empty_is_a_matter_of_storage(tmp_path: Path, image: str) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t/mine").touch()
    done = ocitool("unpack", image, str(tmp_path / "t"))
    assert (done.returncode, done.stdout) == (7, "")
    assert "not empty" in done.stderr


def test_a_damaged_layer_is_a_matter_of_content(tmp_path: Path) -> None:
    write_layout(tmp_path / "layout", [tar(file("../x"))])
    done = ocitool("unpack", f"oci:{tmp_path}/layout:v1", str(tmp_path / "t"))
    assert done.returncode == 5
    assert "layer 1 of 1: ../x: a path with '..'" in done.stderr
    assert not (tmp_path / "t").exists()


@pytest.mark.usefixtures("root")
def test_owners_are_mapped(tmp_path: Path, image: str) -> None:
    done = ocitool("unpack", "--uid-map=0:1000:10", "--gid-map=0:2000:10", image, str(tmp_path / "t"))
    assert done.returncode == 0
    status, root_status = (tmp_path / "t/b").stat(), (tmp_path / "t").stat()
    assert (status.st_uid, status.st_gid) == (1001, 2002)
    # No layer says whose the root is: root's.
    assert (root_status.st_uid, root_status.st_gid) == (1000, 2000)


@pytest.mark.parametrize(
    "options", [["--uid-map=0:1"], ["--uid-map=a:b:c"], ["--no-owners", "--gid-map=0:1:1"]]
)
def test_usage(tmp_path: Path, image: str, options: list[str]) -> None:
    assert ocitool("unpack", *options, image, str(tmp_path / "t")).returncode == 64


def test_a_bundle_becomes_an_image_again(tmp_path: Path, image: str) -> None:
    bundle, layout = str(tmp_path / "bundle"), f"oci:{tmp_path}/layout"
    assert ocitool("unpack", "--bundle", "-q", image, bundle).stdout == ""
    (tmp_path / "bundle/rootfs/a").unlink()
    done = ocitool("repack", "--compress-format=zstd", bundle, f"{layout}:v2", env={"SOURCE_DATE_EPOCH": "7"})
    assert done.returncode == 0, done.stderr
    assert done.stdout == ocitool("inspect", "--format", "{{.Digest}}", f"{layout}:v2").stdout
    shown = ocitool("inspect", "--config", f"{layout}:v2").stdout
    assert "1970-01-01T00:00:07Z" in shown
    assert ocitool("unpack", "-q", f"{layout}:v2", str(tmp_path / "again")).returncode == 0
    assert names(tmp_path / "again") == ["b"]


def test_what_is_no_bundle_is_a_matter_of_storage(tmp_path: Path, image: str) -> None:
    done = ocitool("repack", str(tmp_path), f"oci:{tmp_path}/layout:v2")
    assert (done.returncode, done.stdout) == (7, "")
    assert "ocitool unpack --bundle makes one" in done.stderr


@pytest.mark.parametrize(
    ("mode", "lines"),
    [
        ("plain", ["there is no policy.json", "unpacked sha256:", "done: 1 blob: 1 unpacked"]),
        ("json", ['"discovered"', '"started"', '"outcome": "unpacked"', '"unpacked": 1']),
        ("none", []),
    ],
)
def test_progress_is_shown_as_that_of_a_copy(tmp_path: Path, image: str, mode: str, lines: list[str]) -> None:
    done = ocitool("unpack", f"--progress={mode}", image, str(tmp_path / "t"))
    assert done.returncode == 0
    assert [line for line in lines if line not in done.stderr] == []
    assert ("unpacked" in done.stderr) == bool(lines)
