"""Sparse files as GNU tar writes them, in each of its forms, with their holes."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from oci.errors import LimitExceeded
from oci.layers import LayerLimits
from tests.integration.layers.material import apply, listing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMS = [
    ["--format=gnu"],
    *(["--format=pax", f"--sparse-version={version}"] for version in ("0.0", "0.1", "1.0")),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory with sparse files of several shapes."""
    folder = tmp_path / "from"
    folder.mkdir()
    for name, parts, size in (
        ("few", [0, 5_000_000], 9_000_001),
        ("many", [200_000 * n for n in range(60)], 60 * 200_000),
        ("hole", [], 8_000_000),
        ("tail", [1_000_000], 1_000_010),
    ):
        with (folder / name).open("wb") as file:
            for offset in parts:
                file.seek(offset)
                file.write(b"0123456789")
            file.truncate(size)
    return folder


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form[-1].partition("=")[2])
def test_sparse_files_come_back_with_their_holes(
    tmp_path: Path, folder: Path, form: list[str], tool: Callable[[str], Path]
) -> None:
    done = subprocess.run(
        [tool("tar"), "-cSf", "-", *form, "-C", folder, "."], capture_output=True, check=True
    )
    (applied,) = apply(tmp_path / "t", done.stdout)
    assert len(done.stdout) < 3_000_000
    content = {name: shown[6] for name, shown in listing(folder).items()}
    assert {name: shown[6] for name, shown in listing(tmp_path / "t").items()} == content
    assert applied.file_bytes == sum((folder / name).stat().st_size for name in content if name != ".")
    used = sum((tmp_path / "t" / name).stat().st_blocks * 512 for name in content)
    assert used < 3_000_000


def test_the_size_with_holes_is_bounded(tmp_path: Path, folder: Path, tool: Callable[[str], Path]) -> None:
    raw = subprocess.run(
        [tool("tar"), "-cSf", "-", "-C", folder, "hole"], capture_output=True, check=True
    ).stdout
    with pytest.raises(LimitExceeded, match="file_bytes"):
        apply(tmp_path / "t", raw, limits=LayerLimits(file_bytes=7_999_999))
