"""Schema 1 manifests, Docker's first ("Image Manifest Version 2, Schema 1"): enough of them to convert them.

Such a manifest has no configuration and no sizes; what it says of the image is in one JSON text for each
layer, top layer first. One that is signed carries its signatures inside itself. Each says how many of the
document's bytes it covers, and what followed them before the signatures were put there: the digest is made
of that. As in every current implementation, nothing is verified by these signatures: whose keys they are,
nobody can tell.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument
from ..frozen import field as frozen_field
from ..frozen import frozen
from . import field, strict_json
from .digest import Digest
from .media_type import SCHEMA1
from .platform import Platform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_LAYERS: Final = 1024
"""Layers that such an image may have; Docker never allowed more than 127."""

_WHERE: Final = "schema 1 manifest"


@frozen
class Schema1Layer:
    """One layer, or a step that made none.

    Args:
        digest: The compressed layer.
        compatibility: What the manifest says of the image up to here.
    """

    digest: Digest
    compatibility: Mapping[str, object] = frozen_field(compare=False)

    @property
    def is_empty(self) -> bool:
        """Whether this step changed no files; its layer is one of no entries."""
        return self.compatibility.get("throwaway") is True


@frozen
class Schema1:
    """A schema 1 manifest.

    Args:
        raw: The exact bytes.
        digest: The digest of what the signatures cover.
        layers: The layers and steps, lowest first.
    """

    raw: bytes = frozen_field(repr=False)
    digest: Digest
    layers: tuple[Schema1Layer, ...]

    @property
    def platform(self) -> Platform:
        """What the image is for, as its top layer says; parts that it does not say are empty."""
        return Platform.from_json(self.layers[-1].compatibility, where=_WHERE)

    @classmethod
    def parse(cls, raw: bytes, *, algorithm: str = "sha256", where: str = _WHERE) -> Schema1:
        """Read a manifest.

        Args:
            raw: The exact bytes.
            algorithm: What its digest is computed with.
            where: What it is, for error messages.

        Raises:
            InvalidDocument: It is malformed, or contradicts itself.
            InvalidDigest: A layer's digest is malformed.
        """
        members = strict_json.load_object(raw, where=where)
        sums = field.mappings(members, "fsLayers", where=where)
        history = field.mappings(members, "history", where=where)
        if members.get("schemaVersion") != 1 or not sums or len(sums) != len(history):
            raise InvalidDocument(f"{where}: needs as many steps of history as layers, and one at least")
        if len(sums) > MAX_LAYERS:
            raise InvalidDocument(f"{where}: has {len(sums)} layers, more than {MAX_LAYERS}")
        steps = [
            Schema1Layer(
                Digest.parse(field.text(entry, "blobSum", where=where)),
                strict_json.load_object(
                    field.text(step, "v1Compatibility", where=where).encode(),
                    where=f"{where}: v1Compatibility",
                ),
            )
            for entry, step in zip(sums, history, strict=True)
        ]
        layers = tuple(_chain(steps, where=where))[::-1]
        return cls(raw, Digest.of(signed_payload(raw), algorithm), layers)


def is_schema1(media_type: str, content: bytes) -> bool:
    """Tell whether a document is of this kind, by its media type or, where that says nothing, by itself."""
    return media_type in SCHEMA1 or (b'"fsLayers"' in content and media_type in {"", "application/json"})


def payload_digest(content: bytes, algorithm: str = "sha256") -> Digest:
    """Return the digest of a schema 1 manifest, signed or not."""
    return Digest.of(signed_payload(content), algorithm)


def signed_payload(content: bytes) -> bytes:
    """Return the bytes that the signatures cover, or all bytes of a document that has none.

    Args:
        content: The document; anything that is not a signed schema 1 manifest is returned as it is.

    Raises:
        InvalidDocument: The signatures do not say what they cover.
    """
    try:
        members = strict_json.load_object(content, where=_WHERE)
    except InvalidDocument:
        return content
    if members.get("schemaVersion") != 1 or not members.get("signatures"):
        return content
    signature = field.mappings(members, "signatures", where=_WHERE)[0]
    protected = strict_json.load_object(_decoded(signature, "protected"), where=f"{_WHERE}: protected")
    length = field.integer(protected, "formatLength", where=_WHERE)
    if length is None or not 0 <= length <= len(content):
        raise InvalidDocument(f"{_WHERE}: the signature covers bytes that are not there")
    return content[:length] + _decoded(protected, "formatTail")


def _chain(steps: list[Schema1Layer], *, where: str) -> Iterator[Schema1Layer]:
    """Yield the steps, each once, having checked that each builds on the next one."""
    for position, step in enumerate(steps):
        below = steps[position + 1].compatibility if position + 1 < len(steps) else {}
        identity = step.compatibility.get("id")
        if not isinstance(identity, str) or not identity:
            raise InvalidDocument(f"{where}: a step of its history has no id")
        if below.get("id") == identity:
            continue  # old pushes repeated steps
        if step.compatibility.get("parent", "") != below.get("id", ""):
            raise InvalidDocument(f"{where}: a step of its history does not build on the one below")
        yield step


def _decoded(members: Mapping[str, object], key: str) -> bytes:
    text = field.text(members, key, where=_WHERE)
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise InvalidDocument(f"{_WHERE}: {key} is not base64url") from error
