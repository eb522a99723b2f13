"""An inspected image in the shape, order and words of ``skopeo inspect``.

The shape is that of skopeo's ``inspect.Output``: ``Tag`` is always left out, as it is by skopeo for all but
schema 1 images; absent labels and an absent environment are ``null``; a Docker image without a creation time
has Go's zero time, where an OCI image has ``null``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from oci.errors import InvalidDocument, UnsupportedMediaType
from oci.spec.media_type import DOCKER_CONFIG

from ..go_time import Time
from ..go_value import Field, Nil, Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oci import Inspection
    from oci.spec import Descriptor, ImageConfig

_GO_ZERO_TIME: Final = "0001-01-01T00:00:00Z"


def inspection_view(inspection: Inspection) -> Struct:
    """Return an inspection as skopeo shows it.

    Raises:
        UnsupportedMediaType: It is no image, so that there is nothing of what is shown here.
        InvalidDocument: The image's creation time is not one.
    """
    config = image_config(inspection)
    return Struct(
        "inspect.Output",
        (
            Field("Name", inspection.name, omit_empty=True),
            Field("Tag", "", omit_empty=True),
            Field("Digest", str(inspection.digest)),
            Field("RepoTags", list(inspection.repo_tags or ())),
            Field("Created", _created(inspection, config)),
            Field("DockerVersion", config.docker_version),
            Field("Labels", _map(config.labels)),
            Field("Architecture", config.platform.architecture),
            Field("Os", config.platform.os),
            Field("Layers", [str(layer.digest) for layer in inspection.layers]),
            Field("LayersData", [_layer(layer) for layer in inspection.layers]),
            Field("Env", Nil.SLICE if config.env is None else list(config.env)),
        ),
    )


def image_config(inspection: Inspection) -> ImageConfig:
    """Return the config of what was inspected.

    Raises:
        UnsupportedMediaType: It is no image and has none.
    """
    if inspection.config is None:
        kind = inspection.manifest.kind_of_artifact
        raise UnsupportedMediaType(
            f"{inspection.digest} is not an image but an artifact of type {kind}",
            media_type=kind,
            hint="--raw shows its manifest",
        )
    return inspection.config


def time_view(text: str, *, where: str) -> Time | None:
    """Read a time of an image's config; None where there is none.

    Raises:
        InvalidDocument: The text is not an RFC 3339 time.
    """
    if not text:
        return None
    try:
        return Time.parse(text)
    except ValueError as error:
        raise InvalidDocument(f"{where}: {error}") from error


def _created(inspection: Inspection, config: ImageConfig) -> Time | None:
    is_docker = inspection.manifest.config.media_type == DOCKER_CONFIG
    text = config.created or (_GO_ZERO_TIME if is_docker else "")
    return time_view(text, where="image config: created")


def _layer(layer: Descriptor) -> Struct:
    return Struct(
        "types.ImageInspectLayer",
        (
            Field("MIMEType", layer.media_type),
            Field("Digest", str(layer.digest)),
            Field("Size", layer.size),
            Field("Annotations", _map(layer.annotations or None)),
        ),
    )


def _map(members: Mapping[str, str] | None) -> Mapping[str, str] | Nil:
    return Nil.MAP if members is None else members
