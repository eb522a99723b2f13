"""Without privileges: no devices, no owners, and directories that keep everybody out only in the end."""

from __future__ import annotations

import ctypes
import os
import stat
import subprocess
import tarfile
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oci.layers import Ownership
from tests.integration.layers.material import apply, file, folder, listing, member, tar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NOBODY = 65_534
CLONE_NEWUSER = 0x10000000


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that everybody can reach: pytest's own are private."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o777)
        yield place


def apply_as_nobody(place: Path, *layers: bytes) -> list[str]:
    """Apply layers in a child without privileges; return what was left out."""
    said = apply_in_child(place, lambda: become(NOBODY), layers)
    assert not said.startswith("failed"), said
    return said.splitlines()


def become(number: int) -> None:
    os.setgroups([])
    os.setgid(number)
    os.setuid(number)


def apply_in_namespace(place: Path, layer: bytes, ownership: Ownership) -> str:
    """Apply a layer as root of a user namespace, whose numbers 0 to 65535 are 100000 to 165535 outside."""
    made, maps = os.pipe(), os.pipe()
    parent = os.getpid()

    def enter() -> None:
        # From within nobody may write more than one line of one number; so whoever is root outside does it.
        is_in = ctypes.CDLL(None).unshare(CLONE_NEWUSER) == 0
        os.write(made[1], b"." if is_in else b"!")
        assert is_in
        assert os.read(maps[0], 1) == b"."
        become(0)

    def write_maps() -> None:
        assert os.read(made[0], 1) == b"."
        (child,) = Path(f"/proc/{parent}/task/{threading.get_native_id()}/children").read_text().split()[-1:]
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{child}/{name}").write_text("0 100000 65536")
        os.write(maps[1], b".")

    try:
        return apply_in_child(place, enter, (layer,), ownership=ownership, meanwhile=write_maps)
    finally:
        for each in (*made, *maps):
            os.close(each)


def apply_in_child(
    place: Path,
    begin: Callable[[], None],
    layers: Sequence[bytes],
    *,
    ownership: Ownership | None = None,
    meanwhile: Callable[[], object] = list,
) -> str:
    """Apply layers in a child; the interpreter itself may lie where nobody else can go.

    Args:
        place: Where to.
        begin: Is done in the child before that.
        layers: The layers.
        ownership: Who is to own what.
        meanwhile: Is done in the parent.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        text = "failed"
        try:
            begin()
            results = apply(place / "t", *layers, ownership=ownership)
            omissions = [each for applied in results for each in applied.omissions]
            text = "\n".join(f"{each.reason}|{each.count}|{each.example}" for each in omissions)
        except BaseException as error:  # noqa: BLE001 - shown by the parent
            text = f"failed: {error!r}"
        finally:
            os.write(writer, text.encode())
            os._exit(0)
    os.close(writer)
    meanwhile()
    with os.fdopen(reader) as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return said


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


@pytest.mark.usefixtures("root")
def test_root_of_a_user_namespace_gives_files_to_owners_within_it(place: Path) -> None:
    layer = tar(
        member("shadow", content=b"x", mode=0o640, owner=(0, 42)),
        member("home", tarfile.DIRTYPE, mode=0o700, owner=(1000, 1000)),
        member("home/program", content=b"y", owner=(1000, 1000), mode=0o4755),
        member("null", tarfile.CHRTYPE, device=(1, 3)),
        member("pipe", tarfile.FIFOTYPE),
        member("labelled", records={"SCHILY.xattr.user.a": "1", "SCHILY.xattr.trusted.b": "2"}),
    )
    said = apply_in_namespace(place, layer, Ownership())
    assert said.splitlines() == [
        "devices, which take a privilege to make|1|null",
        "the attribute trusted.b: Operation not permitted|1|labelled",
    ]
    found = {name: shown[:3] for name, shown in listing(place / "t").items() if name != "."}
    assert found == {
        "shadow": ("-rw-r-----", 100_000, 100_042),
        "home": ("drwx------", 101_000, 101_000),
        "home/program": ("-rwsr-xr-x", 101_000, 101_000),
        "pipe": ("prw-r--r--", 100_000, 100_000),
        "labelled": ("-rw-r--r--", 100_000, 100_000),
    }
    assert os.listxattr(place / "t/labelled") == ["user.a"]


@pytest.mark.usefixtures("root")
def test_an_owner_that_the_namespace_does_not_have_is_refused_unless_owners_are_left_out(place: Path) -> None:
    far = tar(member("far", owner=(70_000, 0)))
    assert apply_in_namespace(place, far, Ownership()).startswith("failed: InvalidDocument")
    (place / "t").rename(place / "before")
    said = apply_in_namespace(place, far, Ownership(keeps_owners=False))
    assert said == "owners, which take a privilege to give|1|far"
    status = (place / "t/far").stat()
    assert (status.st_uid, status.st_gid) == (100_000, 100_000)
