"""``ocitool cat`` and ``ocitool ls``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.cli.process import ocitool
from tests.integration.layers.image import write_layout
from tests.integration.layers.material import file, folder, symlink, tar

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def image(tmp_path: Path) -> str:
    write_layout(
        tmp_path / "layout",
        [
            tar(folder("etc"), file("etc/a", b"lower"), file("b\x1b[2J")),
            tar(file("etc/a", b"upper\n"), symlink("l", "etc")),
        ],
    )
    return f"oci:{tmp_path}/layout:v1"


def test_a_file_is_printed_as_it_is(image: str) -> None:
    done = ocitool("--insecure-policy", "cat", image, "/l/a")
    assert (done.returncode, done.stdout, done.stderr) == (0, "upper\n", "")


def test_a_directory_is_listed(image: str) -> None:
    done = ocitool("--insecure-policy", "ls", image)
    assert (done.returncode, done.stdout) == (0, "b\\u001b[2J\netc\nl\n")
    long = ocitool("--insecure-policy", "ls", "-l", image).stdout.splitlines()
    assert long[1] == "drwxr-xr-x     0     0            0 2023-11-14 22:13:20 etc"
    assert long[2].endswith("l -> etc")


def test_what_was_not_checked_is_said(tmp_path: Path) -> None:
    write_layout(tmp_path / "layout", [tar(file("a", b"a"), file("b"))], diff_ids=["sha256:" + "0" * 64])
    image = f"oci:{tmp_path}/layout:v1"
    done = ocitool("--insecure-policy", "cat", image, "a")
    assert (done.returncode, done.stdout) == (5, "")
    done = ocitool("--insecure-policy", "cat", "--allow-unverified", image, "a")
    assert (done.returncode, done.stdout) == (0, "a")
    assert "unverified" in done.stderr


def test_what_is_not_there(image: str) -> None:
    done = ocitool("--insecure-policy", "cat", image, "etc/none")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the image has no 'etc/none'" in done.stderr
