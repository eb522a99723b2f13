"""Opening directories beneath a root: the kernel's way and the walk find the same."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from oci.layers import by_kernel, by_walk
from oci.layers.descent import usual_descent

if TYPE_CHECKING:
    from pathlib import Path

    from oci.layers import Descent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A root with directories, links of all kinds, and something beside it."""
    root = tmp_path / "root"
    (root / "a/b/c").mkdir(parents=True)
    (tmp_path / "a/beside").mkdir(parents=True)
    (root / "file").touch()
    links = {
        "to-b": "a/b", "a/up": "..", "absolute": "/a/b", "out": "../../..", "a/b/out": "../../../../a",
        "loop": "loop", "dangling": "nowhere", "to-file": "file",
        "chain": "to-chain", "to-chain": "a/up/to-b", "slashes": "//a//./b/", "to-root": "/",
    }  # fmt: skip
    for name, target in links.items():
        (root / name).symlink_to(target)
    previous = "a"
    for number in range(45):
        (root / f"l{number}").symlink_to(previous)
        previous = f"l{number}"
    return root


def opened(descent: Descent, root: Path, path: str) -> tuple[str, object]:
    descriptor = os.open(root, os.O_DIRECTORY)
    try:
        found = descent(descriptor, path)
    except OSError as error:
        return "error", error.errno
    finally:
        os.close(descriptor)
    try:
        return "found", os.fstat(found).st_ino
    finally:
        os.close(found)


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("", "."), ("a", "a"), ("a/b/c", "a/b/c"), ("to-b/c", "a/b/c"), ("a/up/a/b", "a/b"),
        ("absolute", "a/b"),
        ("out", "."), ("out/a", "a"), ("a/b/out", "a"), ("chain", "a/b"), ("slashes", "a/b"),
        ("to-root/a", "a"),
        ("l39", "a"),
        ("l40", errno.ELOOP), ("loop", errno.ELOOP), ("dangling", errno.ENOENT), ("none", errno.ENOENT),
        ("a/b/out/beside", errno.ENOENT), ("file", errno.ENOTDIR), ("to-file", errno.ENOTDIR),
        ("file/x", errno.ENOTDIR), ("to-b/out/b", "a/b"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("descent", [by_kernel, by_walk])
def test_where_a_path_leads(folder: Path, descent: Descent, path: str, leads_to: str | int) -> None:
    expected = (
        ("error", leads_to) if isinstance(leads_to, int) else ("found", (folder / leads_to).stat().st_ino)
    )
    assert opened(descent, folder, path) == expected


def test_no_descriptor_is_left_open(folder: Path) -> None:
    before = os.listdir("/proc/self/fd")  # noqa: PTH208
    for path in ("a/b/c", "chain", "loop", "file/x", "out", "none"):
        opened(by_walk, folder, path)
    assert os.listdir("/proc/self/fd") == before  # noqa: PTH208


def test_this_system_has_the_call(folder: Path) -> None:
    descriptor = os.open(folder, os.O_DIRECTORY)
    assert usual_descent(descriptor) is by_kernel
    os.close(descriptor)
