"""Image configurations: what an image runs and of which layers it is made (image-spec, config.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..frozen import frozen
from . import field, strict_json
from .digest import Digest
from .platform import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 4 * 1024 * 1024
"""Bytes that a configuration may have."""


@frozen
class ImageConfig:
    """A configuration with the exact bytes that arrived.

    Args:
        raw: The exact bytes.
        members: The parsed document, for what has no field here.
        platform: What the image is for.
        created: When it was made, as written (RFC 3339), or an empty string.
        labels: The image's labels; None where the document has none.
        env: The environment, ``NAME=value``; None where the document has none.
        diff_ids: Digests of the uncompressed layers, lowest first.
        docker_version: The Docker version that made it, or an empty string.
    """

    raw: bytes
    members: Mapping[str, object]
    platform: Platform
    created: str
    labels: Mapping[str, str] | None
    env: tuple[str, ...] | None
    diff_ids: tuple[Digest, ...]
    docker_version: str

    @classmethod
    def parse(cls, raw: bytes, *, where: str = "image config") -> ImageConfig:
        """Read a configuration.

        Args:
            raw: The exact bytes.
            where: What they are, for error messages.

        Raises:
            InvalidDocument: The bytes are no valid configuration.
            InvalidDigest: A DiffID is malformed.
        """
        members = strict_json.load_object(raw, where=where)
        execution = field.mapping(members, "config", where=where) or {}
        rootfs = field.mapping(members, "rootfs", where=where) or {}
        return cls(
            raw=raw,
            members=members,
            platform=Platform.from_json(members, where=where),
            created=field.text(members, "created", where=where),
            labels=field.text_map(execution, "Labels", where=where),
            env=field.texts(execution, "Env", where=where) if execution.get("Env") is not None else None,
            diff_ids=tuple(Digest.parse(text) for text in field.texts(rootfs, "diff_ids", where=where)),
            docker_version=field.text(members, "docker_version", where=where),
        )

    @property
    def history(self) -> list[dict[str, object]]:
        """The build steps, first one first."""
        return field.mappings(self.members, "history", where="image config")
