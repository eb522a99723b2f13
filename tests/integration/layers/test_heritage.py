"""What a directory gives to new files is asked once, and changed where an entry wants something else."""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.layers.material import apply, file, folder, hard_link, listing, member, tar

if TYPE_CHECKING:
    from collections.abc import Iterator

MODES = (0o644, 0o755, 0o600, 0o777, 0o000, 0o444, 0o4755, 0o2755, 0o1644, 0o666)
CHILD = """
import collections, os, sys
calls = collections.Counter()
sys.addaudithook(lambda event, _: calls.update([event]))
from tests.integration.layers.material import apply, file, folder, tar
from pathlib import Path
raw = tar(folder("d"), *(file(f"d/{number}", mode=0o600) for number in range(100)))
calls.clear()
apply(Path(sys.argv[1]), raw)
print(calls["os.chmod"] + calls["os.chown"])
"""


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes_of(folder: Path) -> dict[int, int]:
    return {int(each.name, 8): stat.S_IMODE(each.lstat().st_mode) for each in folder.iterdir()}


@pytest.mark.usefixtures("umask")
def test_the_umask_has_no_say(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    apply(tmp_path / "t", tar(folder("d"), *(file(f"d/{mode:o}", mode=mode) for mode in MODES * 2)))
    assert modes_of(tmp_path / "t/d") == {mode: mode for mode in MODES}


@pytest.mark.usefixtures("root")
def test_a_directory_that_hands_on_its_group_has_no_say(tmp_path: Path) -> None:
    layers = [
        tar(
            file("d/before"),
            member("d", b"5", mode=0o2775, owner=(0, 1000)),
            file("d/root"),
            member("d/theirs", owner=(1000, 1000)),
            member("d/group", owner=(0, 1000)),
        ),
        tar(file("d/later"), member("d", b"5", mode=0o755, owner=(0, 2000)), file("d/last")),
    ]
    apply(tmp_path / "t", *layers)
    owners = {name: shown[1:3] for name, shown in listing(tmp_path / "t/d").items()}
    assert owners == {
        ".": (0, 2000),
        "before": (0, 0),
        "root": (0, 0),
        "theirs": (1000, 1000),
        "group": (0, 1000),
        "later": (0, 0),
        "last": (0, 0),
    }


def test_a_default_acl_has_no_say_in_modes(tmp_path: Path) -> None:
    # The kernel takes a directory's default ACL in place of the umask (acl(5)): everything for the owner,
    # reading for the rest.
    entries = [(0x01, 7), (0x04, 4), (0x20, 4)]
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", tag, bits, 0xFFFFFFFF) for tag, bits in entries)
    target = tmp_path / "t"
    target.mkdir()
    os.setxattr(target, "system.posix_acl_default", acl)
    apply(target, tar(*(file(f"{mode:o}", mode=mode) for mode in MODES)))
    assert modes_of(target) == {mode: mode for mode in MODES}


def test_a_file_with_attributes_is_private_until_it_is_complete(tmp_path: Path) -> None:
    # Without privileges, attributes can be given to a file only while its owner may write to it.
    raw = tar(
        member("f", content=b"x", mode=0o444, records={"SCHILY.xattr.user.a": "1"}), hard_link("g", "f")
    )
    apply(tmp_path / "t", raw)
    assert stat.S_IMODE((tmp_path / "t/g").stat().st_mode) == 0o444
    assert os.getxattr(tmp_path / "t/f", "user.a") == b"1"


def test_files_that_are_right_when_they_are_made_are_left_alone(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, tmp_path / "t"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    # The directory's own are all there are: a hundred files cost none.
    assert int(done.stdout) < 10
