"""The image that is copied: four layers, 896 MB together, that nothing can compress.

The content comes from a seeded generator, so that every run copies the same bytes; the layers are real gzip
members around real tar archives, stored and not deflated, so that no peer has a reason to touch them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oci.testing import build_image, random_layer

if TYPE_CHECKING:
    from pathlib import Path

LAYER_BYTES = (368_000_000, 272_000_000, 160_000_000, 96_000_000)
TAG = "v1"
MANY_TAGS = 30
MANY_LAYER_BYTES = 10_000
SEED = 20_261_122

_BLOCK = 1 << 20
_GZIP_LEVEL_STORED = 0
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def write_many(folder: Path) -> None:
    """Write a layout with thirty images of six small layers, three of which all of them have in common."""
    shared = [random_layer(MANY_LAYER_BYTES, seed=SEED + number) for number in range(3)]
    for tag in range(MANY_TAGS):
        own = [random_layer(MANY_LAYER_BYTES, seed=SEED + 3 + 3 * tag + number) for number in range(3)]
        build_image([*shared, *own]).write_to(folder, f"v1.{tag}")


@dataclass(frozen=True, kw_only=True)
class _Layer:
    descriptor: dict[str, object]
    diff_id: str


def write_layout(folder: Path, layer_bytes: tuple[int, ...] = LAYER_BYTES) -> None:
    """Write an OCI layout that holds the image under the tag ``v1``.

    Args:
        folder: Where; it is made.
        layer_bytes: How much content each layer has, in bytes.
    """
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    layers = [_write_layer(blobs, number, size) for number, size in enumerate(layer_bytes)]
    config: dict[str, object] = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
    }
    manifest: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _write_document(blobs, config, _CONFIG),
        "layers": [layer.descriptor for layer in layers],
    }
    named = {
        **_write_document(blobs, manifest, _MANIFEST),
        "annotations": {"org.opencontainers.image.ref.name": TAG},
    }
    index = {"schemaVersion": 2, "manifests": [named]}
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}), encoding="utf-8")


def _write_document(blobs: Path, document: dict[str, object], media_type: str) -> dict[str, object]:
    data = json.dumps(document).encode()
    encoded = hashlib.sha256(data).hexdigest()
    (blobs / encoded).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{encoded}", "size": len(data)}


def _write_layer(blobs: Path, number: int, size: int) -> _Layer:
    generator = random.Random(SEED + number)
    unpacked = hashlib.sha256()
    path = blobs / f"layer-{number}"
    with path.open("wb") as file, gzip.GzipFile("", "wb", _GZIP_LEVEL_STORED, file, 0) as packed:

        def put(data: bytes) -> None:
            unpacked.update(data)
            packed.write(data)

        header = tarfile.TarInfo(f"content-{number}")
        header.size = size
        put(header.tobuf())
        for offset in range(0, size, _BLOCK):
            put(generator.randbytes(min(_BLOCK, size - offset)))
        put(bytes(-size % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE))
    with path.open("rb") as written:
        encoded = hashlib.file_digest(written, "sha256").hexdigest()
    path.rename(blobs / encoded)
    descriptor: dict[str, object] = {
        "mediaType": _LAYER,
        "digest": f"sha256:{encoded}",
        "size": (blobs / encoded).stat().st_size,
    }
    return _Layer(descriptor=descriptor, diff_id=f"sha256:{unpacked.hexdigest()}")
