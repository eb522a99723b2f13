"""Image manifests: one config and its layers (image-spec, manifest.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidDocument
from ..frozen import frozen
from . import field, media_type
from .descriptor import Descriptor
from .document import Document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .digest import Digest


@frozen
class Manifest(Document):
    """A manifest of an image or an artifact.

    Args:
        config: The link to the configuration.
        layers: The links to the layers, lowest first.
    """

    config: Descriptor
    layers: tuple[Descriptor, ...]

    @classmethod
    def from_members(
        cls, raw: bytes, kind: str, digest: Digest, members: Mapping[str, object], *, where: str
    ) -> Manifest:
        """Build the value from a parsed document whose kind is known; see `parse_document`."""
        config = field.mapping(members, "config", where=where)
        if config is None:
            raise InvalidDocument(f"{where}: has no config")
        if "layers" not in members:
            raise InvalidDocument(f"{where}: has no layers")
        subject = field.mapping(members, "subject", where=where)
        return cls(
            raw=raw,
            media_type=kind,
            digest=digest,
            subject=None if subject is None else Descriptor.from_json(subject, where=f"{where}: subject"),
            annotations=field.text_map(members, "annotations", where=where) or {},
            artifact_type=field.text(members, "artifactType", where=where),
            config=Descriptor.from_json(config, where=f"{where}: config"),
            layers=tuple(
                Descriptor.from_json(layer, where=f"{where}: layer {number}")
                for number, layer in enumerate(field.mappings(members, "layers", where=where))
            ),
        )

    @property
    def children(self) -> tuple[Descriptor, ...]:
        """The config and the layers."""
        return (self.config, *self.layers)

    @property
    def is_image(self) -> bool:
        """Tell whether this is a runnable image rather than an artifact of another kind."""
        return self.config.media_type in media_type.CONFIGS

    @property
    def kind_of_artifact(self) -> str:
        """The artifact type, or the config's media type where there is none."""
        return self.artifact_type or self.config.media_type
