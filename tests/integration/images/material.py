"""Contexts and looks into layouts, for tests that make images."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any, cast

import oci
from oci.frozen import replace
from oci.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

EPOCH = 1_700_000_000


def context(latest_s: int | None = EPOCH) -> oci.Context:
    return oci.Context(settings=replace(Settings(), latest_s=latest_s), clock=lambda: EPOCH + 0.5)


def config_of(image: str) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(oci.raw_config(image, context=context())))


def top_layer(layout: Path, image: str) -> list[tarfile.TarInfo]:
    link = oci.inspect(image, context=context()).layers[-1]
    blob = (layout / "blobs/sha256" / link.digest.encoded).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(blob)) as archive:
        return archive.getmembers()
