"""The heavy images of the benchmark, made small: real layers, with the digests that they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import oci
from oci.settings import Settings
from tests.bench.weight import SMALL_FILE, write_large_file, write_layer_with_small_file, write_many_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CASES: list[tuple[Callable[[Path], None], int, int]] = [
    (lambda folder: write_many_files(folder, 250), 250, 21_025),
    (lambda folder: write_large_file(folder, 1_000_001), 1, 1_000_001),
    (lambda folder: write_layer_with_small_file(folder, 0.0001), 3, 2 * 15_000 + 1024),
]


@pytest.mark.parametrize(("write", "entries", "file_bytes"), CASES)
def test_heavy_images_can_be_unpacked(
    tmp_path: Path, write: Callable[[Path], None], entries: int, file_bytes: int
) -> None:
    write(tmp_path / "image")
    context = oci.Context(settings=Settings())
    unpacked = oci.unpack(f"oci:{tmp_path}/image:v1", tmp_path / "rootfs", context=context)
    assert (unpacked.entries, unpacked.file_bytes) == (entries, file_bytes)
    if entries == 3:
        assert (tmp_path / "rootfs" / SMALL_FILE).stat().st_size == 1024
