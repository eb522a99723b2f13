"""A layout with an image in it, written by hand."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tests.integration.layers.material import LAYER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_KIND = "application/vnd.oci.image.{}.v1+json"


def write_layout(
    layout: Path,
    layers: list[bytes],
    *,
    compress: Callable[[bytes], bytes] | None = None,
    diff_ids: list[str] | None = None,
) -> None:
    """Write an image with these layers under the name ``v1``."""
    (layout / "blobs/sha256").mkdir(parents=True)

    def put(content: bytes, media_type: str) -> dict[str, object]:
        encoded = hashlib.sha256(content).hexdigest()
        (layout / "blobs/sha256" / encoded).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{encoded}", "size": len(content)}

    stored = [put(compress(raw), f"{LAYER}+gzip") if compress else put(raw, LAYER) for raw in layers]
    known = [f"sha256:{hashlib.sha256(raw).hexdigest()}" for raw in layers]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": known if diff_ids is None else diff_ids},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": _KIND.format("manifest"),
        "config": put(json.dumps(config).encode(), _KIND.format("config")),
        "layers": stored,
    }
    root = put(json.dumps(manifest).encode(), _KIND.format("manifest"))
    root["annotations"] = {"org.opencontainers.image.ref.name": "v1"}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [root]}))
    (layout / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))
