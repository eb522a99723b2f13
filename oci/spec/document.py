"""Documents: manifests and indexes with the exact bytes that arrived.

A document's digest is computed over its bytes, never over a re-encoding of what was understood, and
unknown members survive because the bytes do. A text that could be read as both a manifest and an
index is refused, and so is one that calls itself something else than its sender did (CVE-2021-41190).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..errors import InvalidDocument, UnsupportedMediaType
from ..frozen import frozen
from . import field, media_type
from .descriptor import Descriptor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .digest import Digest

MAX_BYTES: Final = 4 * 1024 * 1024
"""Bytes that a manifest or an index may have: what registries should accept (distribution-spec)."""

_FIELDS: Final = {
    name.casefold(): name
    for name in (
        "schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject",
        "annotations", "fsLayers",
    )
}  # fmt: skip
"""The members that decide what a document means, by their names without case."""


@frozen
class Document:
    """What manifests and indexes share.

    Args:
        raw: The exact bytes.
        media_type: What the bytes are.
        digest: Their digest.
        subject: The image that this one is attached to, if any.
        annotations: Properties of the document.
        artifact_type: The kind of artifact, or an empty string.
    """

    raw: bytes
    media_type: str
    digest: Digest
    subject: Descriptor | None
    annotations: Mapping[str, str]
    artifact_type: str

    @property
    def descriptor(self) -> Descriptor:
        """The link to this very document."""
        return Descriptor(self.media_type, self.digest, len(self.raw))

    @property
    def kind_of_artifact(self) -> str:
        """What a listing of referrers calls this document (distribution-spec, "Listing Referrers")."""
        return self.artifact_type

    def as_referrer(self) -> Descriptor:
        """Return the link by which a listing of its subject's referrers names this document."""
        return Descriptor(
            self.media_type,
            self.digest,
            len(self.raw),
            annotations=self.annotations,
            artifact_type=self.kind_of_artifact,
        )

    @property
    def children(self) -> tuple[Descriptor, ...]:
        """Everything that must exist before this document is published, in document order.

        The subject is not among them: it may be absent (image-spec, manifest.md, "subject").
        """
        raise TypeError(f"{type(self).__name__} does not say what its children are")

    def __iter__(self) -> Iterator[Descriptor]:
        return iter(self.children)


def document_type(members: Mapping[str, object], *, claimed: str, where: str) -> str:
    """Decide what a document is, and refuse one that leaves room for doubt.

    Args:
        members: The parsed document.
        claimed: What its sender called it, without parameters, or an empty string.
        where: What it is, for error messages.

    Returns:
        A member of `media_type.INDEXES` or `media_type.MANIFESTS`.
    """
    if "manifests" in members and ("layers" in members or "config" in members):
        raise InvalidDocument(f"{where}: is both an index and a manifest")
    if members.get("schemaVersion") == 1 or "fsLayers" in members or claimed in media_type.SCHEMA1:
        raise UnsupportedMediaType(
            f"{where}: a schema 1 manifest, which has no digests of its parts worth trusting",
            media_type=media_type.DOCKER_SCHEMA1,
            hint="ocitool copy --format oci (or v2s2) converts it",
        )
    stated = field.text(members, "mediaType", where=where)
    if stated and claimed and media_type.is_document(claimed) and stated != claimed:
        raise InvalidDocument(f"{where}: calls itself {stated[:120]!r} but was sent as {claimed[:120]!r}")
    kind = stated or (claimed if media_type.is_document(claimed) else _guess(members))
    if not media_type.is_document(kind):
        raise UnsupportedMediaType(f"{where}: neither a manifest nor an index", media_type=kind[:120])
    _check_names(members, where)
    version = field.integer(members, "schemaVersion", where=where)
    if (kind in media_type.INDEXES) != ("manifests" in members) or version != 2:
        raise InvalidDocument(f"{where}: does not have the members of {kind}")
    return kind


def _check_names(members: Mapping[str, object], where: str) -> None:
    # Go's decoder takes "Layers" for layers; this one and others do not. No document may mean two things.
    for key in members:
        proper = _FIELDS.get(key.casefold(), key)
        if proper != key:
            raise InvalidDocument(f"{where}: member {key[:40]!r} could be taken for {proper!r}")


def _guess(members: Mapping[str, object]) -> str:
    # image-spec lets mediaType be absent in OCI documents; Docker's always state it.
    if "manifests" in members:
        return media_type.OCI_INDEX
    if "config" in members and "layers" in members:
        return media_type.OCI_MANIFEST
    return ""
