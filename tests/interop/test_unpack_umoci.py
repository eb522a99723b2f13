"""Layers with whiteouts come out as umoci unpacks them."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.layers.conftest import root
from tests.integration.layers.material import LAYER, apply, listing, tar
from tests.property.layers.trees import layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.layers.material import Member

__all__ = ["root"]


def write_image(layout: Path, raws: list[bytes]) -> None:
    """Write a layout with an image of these layers, by hand."""
    (layout / "blobs/sha256").mkdir(parents=True)

    def put(content: bytes, media_type: str) -> dict[str, object]:
        encoded = hashlib.sha256(content).hexdigest()
        (layout / "blobs/sha256" / encoded).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{encoded}", "size": len(content)}

    stored = [put(raw, LAYER) for raw in raws]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [each["digest"] for each in stored]},
    }
    kind = "application/vnd.oci.image.{}.v1+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind.format("manifest"),
        "config": put(json.dumps(config).encode(), kind.format("config")),
        "layers": stored,
    }
    root = put(json.dumps(manifest).encode(), kind.format("manifest"))
    root["annotations"] = {"org.opencontainers.image.ref.name": "v1"}
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [root]}))
    (layout / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))


@pytest.mark.usefixtures("root")
@settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
@given(members=st.lists(layers(whiteouts=True), min_size=2, max_size=4))
def test_layers_are_what_umoci_makes_of_them(
    members: list[list[Member]], tool: Callable[[str], Path]
) -> None:
    raws = [tar(*each) for each in members]
    with tempfile.TemporaryDirectory() as folder:
        layout, ours, theirs = (Path(folder, name) for name in ("layout", "ours", "theirs"))
        write_image(layout, raws)
        done = subprocess.run(
            [tool("umoci"), "raw", "unpack", "--image", f"{layout}:v1", theirs],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        apply(ours, *raws)
        found, expected = listing(ours), listing(theirs)
    del found["."], expected["."]
    assert found == expected
