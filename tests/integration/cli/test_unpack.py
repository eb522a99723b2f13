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
    status = (tmp_path / "t/b").stat()
    assert (status.st_uid, status.st_gid) == (1001, 2002)


@pytest.mark.parametrize(
    "options", [["--uid-map=0:1"], ["--uid-map=a:b:c"], ["--no-owners", "--gid-map=0:1:1"]]
)
def test_usage(tmp_path: Path, image: str, options: list[str]) -> None:
    assert ocitool("unpack", *options, image, str(tmp_path / "t")).returncode == 64
