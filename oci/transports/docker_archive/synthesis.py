"""A manifest for an image whose own one the archive does not hold: made from its config and its layers.

It is the one that containers/image makes, byte for byte, so that skopeo and podman call the same image by the
same digest: Docker's schema 2, layers by their DiffIDs, in the media type of compressed layers although they
are not. Members come in the order of that program's types, without spaces.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...spec import Descriptor, media_type

if TYPE_CHECKING:
    from collections.abc import Iterable


def synthesised(config: Descriptor, layers: Iterable[Descriptor]) -> bytes:
    """Return the bytes of a manifest.

    Args:
        config: The link to the configuration.
        layers: The links to the expanded layers, lowest first.
    """
    members = {
        "schemaVersion": 2,
        "mediaType": media_type.DOCKER_MANIFEST,
        "config": _link(config, media_type.DOCKER_CONFIG),
        "layers": [_link(layer, media_type.DOCKER_LAYER_GZIP) for layer in layers],
    }
    return json.dumps(members, separators=(",", ":")).encode()


def _link(descriptor: Descriptor, kind: str) -> dict[str, object]:
    return {"mediaType": kind, "size": descriptor.size, "digest": str(descriptor.digest)}
