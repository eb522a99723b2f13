"""The image that is unpacked: four layers of small and middling files, 1.9 GB in 150 000 entries.

The content comes from a seeded generator and shrinks by about half, as programs and texts do. The layers are
written by Python's own tarfile and zlib, so that nobody unpacks what he has packed himself.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
from typing import TYPE_CHECKING

from tests.bench.material import SEED, TAG

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTRIES = (60_000, 45_000, 30_000, 15_000)
FILES_PER_DIRECTORY = 24
_MEAN_BYTES = 12_700
_KIND = "application/vnd.oci.image.{}.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_WHEN = 1_700_000_000


def write_tree_layout(folder: Path, scale: float = 1.0) -> list[Path]:
    """Write an OCI layout that holds the image under the tag ``v1``.

    Args:
        folder: Where; it is made.
        scale: Stretches the numbers of entries.

    Returns:
        The layers, lowest first.
    """
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    layers, diff_ids, paths = [], [], []
    for number, entries in enumerate(ENTRIES):
        raw = _archive(number, max(int(entries * scale), 10))
        stored = gzip.compress(raw, 6, mtime=0)
        layers.append(_put(blobs, stored, _LAYER))
        diff_ids.append(f"sha256:{hashlib.sha256(raw).hexdigest()}")
        paths.append(blobs / str(layers[-1]["digest"]).partition(":")[2])
    write_documents(folder, layers, diff_ids)
    return paths


def write_documents(folder: Path, layers: list[dict[str, object]], diff_ids: list[str]) -> None:
    """Make an image of layers that are there: what a layout has besides them."""
    blobs = folder / "blobs" / "sha256"
    config = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    manifest = {
        "schemaVersion": 2,
        "mediaType": _KIND.format("manifest"),
        "config": _put(blobs, json.dumps(config).encode(), _KIND.format("config")),
        "layers": layers,
    }
    root = _put(blobs, json.dumps(manifest).encode(), _KIND.format("manifest"))
    root["annotations"] = {"org.opencontainers.image.ref.name": TAG}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [root]}))
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))


def _put(blobs: Path, content: bytes, media_type: str) -> dict[str, object]:
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}


def _archive(number: int, entries: int) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, content in _members(number, entries):
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def _members(number: int, entries: int) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    chance = random.Random(SEED + number)
    directory = ""
    for entry in range(entries):
        place, rest = divmod(entry, FILES_PER_DIRECTORY)
        if rest == 0:
            directory = f"usr/lib/layer{number}/part{place // 100}/directory{place}"
            info = tarfile.TarInfo(directory)
            info.type, info.mode, info.mtime = tarfile.DIRTYPE, 0o755, _WHEN
            yield info, b""
            continue
        half = chance.randbytes(int(min(chance.expovariate(2 / _MEAN_BYTES), 40 * _MEAN_BYTES)))
        info = tarfile.TarInfo(f"{directory}/file{rest}")
        info.size, info.mtime = 2 * len(half), _WHEN - entry
        yield info, half + half
