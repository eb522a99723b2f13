"""What ``inspect --details`` shows besides: the digests of an image's parts, its platform, its base."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.content.graph import parse_known

from ..go_value import Field, Struct
from .inspection import image_config, inspection_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oci import Inspection

BASE_NAME: Final = "org.opencontainers.image.base.name"
BASE_DIGEST: Final = "org.opencontainers.image.base.digest"
"""What an image says about the one that it was built on (image-spec, annotations.md)."""


def detailed_view(inspection: Inspection) -> Struct:
    """Return an inspection as skopeo shows it, with further members behind.

    Raises:
        UnsupportedMediaType: It is no image.
        InvalidDocument: A member of its config is of the wrong type.
    """
    manifest, config = inspection.manifest, image_config(inspection)
    size = len(manifest.raw) + manifest.config.size + sum(layer.size for layer in manifest.layers)
    return Struct(
        "inspect.Details",
        (
            *inspection_view(inspection).fields,
            Field("MediaType", inspection.root.descriptor.media_type),
            Field("Platform", str(config.platform)),
            Field("ManifestDigest", str(manifest.digest)),
            Field("ConfigDigest", str(manifest.config.digest)),
            Field("Size", size),
            Field("Annotations", dict(manifest.annotations)),
            Field("Base", _base(inspection), omit_empty=True),
        ),
    )


def _base(inspection: Inspection) -> Struct | None:
    """Return what is said about the image's base: by its manifest, else by its index, else by its labels."""
    root = parse_known(inspection.root, where=inspection.name)
    places: tuple[Mapping[str, str], ...] = (
        inspection.manifest.annotations,
        root.annotations if root else {},
        inspection.labels or {},
    )
    for said in places:
        if BASE_NAME in said or BASE_DIGEST in said:
            name, digest = said.get(BASE_NAME, ""), said.get(BASE_DIGEST, "")
            return Struct("inspect.Base", (Field("Name", name), Field("Digest", digest)))
    return None
