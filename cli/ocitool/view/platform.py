"""Every platform of an image: what ``inspect --all`` shows, as rows of a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..go_value import Field, Struct
from ..text import size_text
from .table import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oci import PlatformEntry


def platform_view(entry: PlatformEntry) -> Struct:
    """Return one platform as JSON and templates see it."""
    platform = entry.platform
    return Struct(
        "inspect.Platform",
        (
            Field("Platform", _name(entry)),
            Field("Os", platform.os if platform else ""),
            Field("Architecture", platform.architecture if platform else ""),
            Field("Variant", platform.variant if platform else ""),
            Field("MediaType", entry.manifest.media_type),
            Field("Digest", str(entry.manifest.digest)),
            Field("ConfigDigest", str(entry.config.digest)),
            Field("Layers", [str(layer.digest) for layer in entry.layers]),
            Field("LayerSizes", [layer.size for layer in entry.layers]),
            Field("Size", entry.size_bytes),
        ),
    )


def platform_table(entries: Sequence[PlatformEntry]) -> str:
    """Write all platforms as a table."""
    return table(
        [
            ("PLATFORM", "MANIFEST", "CONFIG", "LAYERS", "SIZE"),
            *(
                (
                    _name(entry),
                    str(entry.manifest.digest),
                    str(entry.config.digest),
                    str(len(entry.layers)),
                    size_text(entry.size_bytes),
                )
                for entry in entries
            ),
        ]
    )


def _name(entry: PlatformEntry) -> str:
    return "unknown" if entry.platform is None else str(entry.platform)
