"""Without privileges: no devices, no owners, and directories that keep everybody out only in the end."""

from __future__ import annotations

import os
import stat
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.layers.material import apply, file, folder, listing, member, tar

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65_534


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that everybody can reach: pytest's own are private."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o777)
        yield place


def apply_as_nobody(place: Path, *layers: bytes) -> list[str]:
    """Apply layers in a child without privileges; the interpreter itself may lie where nobody else can go."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        text = "failed"
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            omissions = [each for applied in apply(place / "t", *layers) for each in applied.omissions]
            text = "\n".join(f"{each.reason}|{each.count}|{each.example}" for each in omissions)
        except BaseException as error:  # noqa: BLE001 - shown by the parent
            text = f"failed: {error!r}"
        finally:
            os.write(writer, text.encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    assert not said.startswith("failed")
    return said.splitlines()


@pytest.mark.usefixtures("root")
def test_devices_and_owners_are_left_out_and_said(place: Path) -> None:
    said = apply_as_nobody(
        place,
        tar(
            member("null", tarfile.CHRTYPE, device=(1, 3)),
            member("disk", tarfile.BLKTYPE, device=(7, 0)),
            member("pipe", tarfile.FIFOTYPE),
            member("theirs", owner=(1000, 1000)),
            member("program", mode=0o4755),
        ),
    )
    assert said == [
        "devices, which take a privilege to make|2|null",
        "owners, which take a privilege to give|1|theirs",
    ]
    found = {name: shown[:3] for name, shown in listing(place / "t").items() if name != "."}
    assert found == {
        "pipe": ("prw-r--r--", NOBODY, NOBODY),
        "theirs": ("-rw-r--r--", NOBODY, NOBODY),
        "program": ("-rwsr-xr-x", NOBODY, NOBODY),
    }


@pytest.mark.usefixtures("root")
def test_directories_that_keep_their_owner_out_are_filled_all_the_same(place: Path) -> None:
    apply_as_nobody(
        place,
        tar(
            *(folder("r", mode=0o555, mtime=5), file("r/a", mode=0), folder("r/none", mode=0, mtime=6)),
            *(file("r/none/b", mode=0o400), folder("r/none/deep", mode=0o111), file("r/none/deep/c")),
            *(
                folder("gone", mode=0),
                folder("gone/too", mode=0),
                file("gone/too/x"),
                folder("./", mode=0o555),
            ),
        ),
        tar(file("r/none/.wh.b"), file("r/none/d"), file(".wh.gone"), file("r/a", b"new", mode=0o444)),
    )
    found = {name: shown[0] for name, shown in listing(place / "t").items()}
    assert found == {
        ".": "dr-xr-xr-x",
        "r": "dr-xr-xr-x",
        "r/a": "-r--r--r--",
        "r/none": "d---------",
        "r/none/d": "-rw-r--r--",
        "r/none/deep": "d--x--x--x",
        "r/none/deep/c": "-rw-r--r--",
    }
    assert [(place / "t" / name).stat().st_mtime for name in ("r", "r/none")] == [5, 6]
    subprocess.run(["chmod", "-R", "u+rwx", place / "t"], check=True)


def test_a_later_layer_may_open_a_directory_again(tmp_path: Path) -> None:
    apply(tmp_path / "t", tar(folder("d", mode=0)), tar(folder("d", mode=0o750)))
    assert stat.S_IMODE((tmp_path / "t/d").stat().st_mode) == 0o750
    apply(tmp_path / "u", tar(folder("d", mode=0)), tar(file("d"), folder("e", mode=0)))
    assert stat.S_IMODE((tmp_path / "u/d").stat().st_mode) == 0o644
