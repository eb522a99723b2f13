"""Users are looked up in the image's own files, wherever its links lead."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from oci.errors import InvalidDocument, LimitExceeded, NotFound
from oci.layers import descent
from oci.runtime import ProcessUser, find_user

if TYPE_CHECKING:
    from pathlib import Path

PASSWD = """root:x:0:0:root:/root:/bin/sh
# a comment
nonsense
big:x:99999999999:1::/:/bin/sh
app:x:1000:100:App:/home/app:/bin/sh
numeric:x:2000:200::/var/numeric:/bin/sh
"""
GROUP = "root:x:0:\nusers:x:100:\naudio:x:63:app,other\nvideo:x:44:other,app\nbroken\nodd:x:-1:app\n"


def look_up(root: Path, text: str) -> ProcessUser:
    descriptor = os.open(root, os.O_RDONLY)
    try:
        return find_user(descriptor, text)
    finally:
        os.close(descriptor)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    (tmp_path / "root/etc").mkdir(parents=True)
    (tmp_path / "root/etc/passwd").write_text(PASSWD)
    (tmp_path / "root/etc/group").write_text(GROUP)
    return tmp_path / "root"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ProcessUser(0, 0, (), "/root")),
        ("app", ProcessUser(1000, 100, (44, 63), "/home/app")),
        ("1000", ProcessUser(1000, 100, (44, 63), "/home/app")),
        ("app:", ProcessUser(1000, 100, (44, 63), "/home/app")),
        ("app:audio", ProcessUser(1000, 63, (), "/home/app")),
        ("app:7", ProcessUser(1000, 7, (), "/home/app")),
        ("3000", ProcessUser(3000, 0, (), "/")),
        ("3000:users", ProcessUser(3000, 100, (), "/")),
        ("2000:200", ProcessUser(2000, 200, (), "/var/numeric")),
    ],
)
def test_every_form(image: Path, text: str, expected: ProcessUser) -> None:
    assert look_up(image, text) == expected


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("nobody", NotFound),
        ("big", NotFound),
        ("app:nobody", NotFound),
        ("99999999999", InvalidDocument),
        ("4294967295", InvalidDocument),
        ("1:4294967295", InvalidDocument),
    ],
)
def test_what_is_not_there(image: Path, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        look_up(image, text)


def no_kernel(root: int, path: str, flags: int, mode: int = 0) -> int:
    raise OSError(38, "Function not implemented", path)


@pytest.mark.parametrize("is_new", [True, False])
def test_links_lead_to_the_images_own_files(
    tmp_path: Path, image: Path, is_new: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_new:
        monkeypatch.setattr(descent, "open_in_root", no_kernel)
    (image / "nix").mkdir()
    (image / "etc/passwd").rename(image / "nix/passwd")
    (image / "etc/passwd").symlink_to("../../../../../nix/link")
    (image / "nix/link").symlink_to("/nix/passwd")
    assert look_up(image, "app").uid == 1000
    (image / "etc/passwd").unlink()
    (image / "etc/passwd").symlink_to("passwd")
    with pytest.raises(NotFound):
        look_up(image, "app")
    (tmp_path / "outside").write_text("evil:x:0:0::/:/bin/sh\n")
    (image / "etc/passwd").unlink()
    (image / "etc/passwd").symlink_to(tmp_path / "outside")
    with pytest.raises(NotFound):
        look_up(image, "evil")


def test_files_that_are_none(image: Path) -> None:
    (image / "etc/passwd").unlink()
    os.mkfifo(image / "etc/passwd")
    with pytest.raises(IsADirectoryError):
        look_up(image, "app")


def test_a_file_that_is_too_large(image: Path) -> None:
    os.truncate(image / "etc/passwd", 5 * 1024 * 1024)
    with pytest.raises(LimitExceeded):
        look_up(image, "app")


def test_an_image_without_users(tmp_path: Path) -> None:
    assert look_up(tmp_path, "") == ProcessUser(0, 0)
    assert look_up(tmp_path, "12:34") == ProcessUser(12, 34)
