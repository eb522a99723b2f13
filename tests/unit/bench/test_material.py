"""The benchmark's image is a real one, the same each time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING

from tests.bench.material import TAG, write_layout

if TYPE_CHECKING:
    from pathlib import Path

SIZES = (100_000, 3_000_001)


def blob(layout: Path, digest: str) -> bytes:
    data = (layout / "blobs" / "sha256" / digest.removeprefix("sha256:")).read_bytes()
    assert f"sha256:{hashlib.sha256(data).hexdigest()}" == digest
    return data


def test_layers_are_archives_that_match_their_diff_ids(tmp_path: Path) -> None:
    layout = tmp_path / "image"
    write_layout(layout, SIZES)
    (named,) = json.loads((layout / "index.json").read_text())["manifests"]
    assert named["annotations"] == {"org.opencontainers.image.ref.name": TAG}
    manifest = json.loads(blob(layout, named["digest"]))
    config = json.loads(blob(layout, manifest["config"]["digest"]))
    for number, (layer, diff_id) in enumerate(
        zip(manifest["layers"], config["rootfs"]["diff_ids"], strict=True)
    ):
        packed = blob(layout, layer["digest"])
        assert len(packed) == layer["size"]
        unpacked = gzip.decompress(packed)
        assert f"sha256:{hashlib.sha256(unpacked).hexdigest()}" == diff_id
        with tarfile.open(fileobj=io.BytesIO(unpacked)) as archive:
            assert [member.size for member in archive] == [SIZES[number]]


def test_the_same_bytes_come_out_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_layout(tmp_path / name, SIZES)
    assert (tmp_path / "one" / "index.json").read_bytes() == (tmp_path / "two" / "index.json").read_bytes()
