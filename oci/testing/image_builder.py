"""Small images, indexes and artifacts, the same bytes on every run; in memory, for a layout or a registry.

Example:
    >>> image = build_image([layer({"etc/os-release": b"ID=test"})])
    >>> index = build_index({"linux/amd64": image, "linux/arm64": build_image([layer({"a": b"b"})])})
    >>> signature = build_artifact("application/vnd.example.signature", b"signed", subject=image.root)
    >>> len(index.blobs), signature.document["subject"]["digest"] == str(image.root.digest)
    (7, True)
"""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
from collections.abc import Mapping
from typing import TYPE_CHECKING

import zstandard

from ..frozen import field, frozen, replace
from ..spec import Descriptor, Digest, Platform, media_type
from ..transports.layout.store import LayoutStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "EMPTY",
    "Blob",
    "Content",
    "build_artifact",
    "build_image",
    "build_index",
    "layer",
    "random_layer",
]

_CREATED = "2026-01-01T00:00:00Z"
_ARTIFACT_LAYER = "application/octet-stream"


@frozen
class Blob:
    """Bytes with their descriptor.

    Args:
        descriptor: Their type, digest and size.
        data: The bytes.
        diff_id: For a layer, the digest of its tar archive before compression.
    """

    descriptor: Descriptor
    data: bytes = field(repr=False)
    diff_id: Digest | None = None

    @classmethod
    def of(cls, data: bytes, kind: str, algorithm: str = "sha256") -> Blob:
        """Describe bytes at hand."""
        return cls(Descriptor.of(data, kind, algorithm), data)


EMPTY = Blob.of(b"{}", media_type.OCI_EMPTY)
"""The empty configuration of artifacts (image-spec, manifest.md, "Guidance for an Empty Descriptor")."""


@frozen
class Content:
    """A manifest or an index with everything beneath it.

    Args:
        root: The document's descriptor.
        raw: The document's bytes.
        parts: The contents of an index; empty for a manifest.
        leaves: Config and layers of a manifest; empty for an index.
    """

    root: Descriptor
    raw: bytes = field(repr=False)
    parts: tuple[Content, ...] = ()
    leaves: tuple[Blob, ...] = ()

    @property
    def digest(self) -> Digest:
        """The document's digest."""
        return self.root.digest

    @property
    def document(self) -> dict[str, object]:
        """The document, parsed; typed loosely, for assertions."""
        parsed: dict[str, object] = json.loads(self.raw)
        return parsed

    @property
    def documents(self) -> tuple[Content, ...]:
        """All manifests and indexes, children first, this one last."""
        return (*(document for part in self.parts for document in part.documents), self)

    @property
    def blobs(self) -> dict[Digest, bytes]:
        """Everything by digest, documents included."""
        found = {blob.descriptor.digest: blob.data for document in self.documents for blob in document.leaves}
        return found | {document.digest: document.raw for document in self.documents}

    @property
    def size_bytes(self) -> int:
        """The size of everything, counted once."""
        return sum(len(data) for data in self.blobs.values())

    def write_to(self, folder: Path, *names: str) -> LayoutStore:
        """Write everything into an image layout, which is made if need be.

        Args:
            folder: The layout's directory.
            *names: The names to give to the root.

        Returns:
            The layout.
        """
        store = LayoutStore.create(folder)
        for document in self.documents:
            for blob in document.leaves:
                store.blobs.put(blob.descriptor, blob.data)
            store.publish(document.root.bare(), document.raw, names if document is self else ())
        return store


def layer(
    files: Mapping[str, bytes],
    *,
    modes: Mapping[str, int] | None = None,
    compression: str = "gzip",
    algorithm: str = "sha256",
) -> Blob:
    """Build a layer of regular files.

    Args:
        files: Paths and contents, in the order in which they are archived.
        modes: Permission bits by path; those that are not named get 0o644.
        compression: ``gzip``, ``zstd`` or ``none``.
        algorithm: The digest algorithm of its descriptor.

    Returns:
        The layer.
    """
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            member.mode = (modes or {}).get(path, 0o644)
            tar.addfile(member, io.BytesIO(data))
    return _compressed(archive.getvalue(), compression, algorithm)


def random_layer(
    size_bytes: int, *, seed: int = 0, compression: str = "gzip", algorithm: str = "sha256"
) -> Blob:
    """Build a layer of one file that does not compress.

    Args:
        size_bytes: The file's size; the layer is a little larger.
        seed: Decides the bytes.
        compression: ``gzip``, ``zstd`` or ``none``.
        algorithm: The digest algorithm of its descriptor.

    Returns:
        The layer.
    """
    data = random.Random(seed).randbytes(size_bytes)
    return layer({f"random-{seed}": data}, compression=compression, algorithm=algorithm)


def _compressed(archive: bytes, compression: str, algorithm: str) -> Blob:
    if compression == "none":
        kind, data = media_type.OCI_LAYER, archive
    elif compression == "zstd":
        kind, data = media_type.OCI_LAYER_ZSTD, zstandard.compress(archive, 1)
    else:
        # Level 0 for what is large: test data is random, and only its shape matters.
        level = 0 if len(archive) > 1024 * 1024 else 6
        kind, data = media_type.OCI_LAYER_GZIP, gzip.compress(archive, level, mtime=0)
    return replace(Blob.of(data, kind, algorithm), diff_id=Digest.of(archive))


def build_image(
    layers: Sequence[Blob],
    *,
    platform: str = "linux/amd64",
    absent_layers: Sequence[Descriptor] = (),
    config: Mapping[str, object] | None = None,
    annotations: Mapping[str, str] | None = None,
    subject: Descriptor | None = None,
    docker: bool = False,
    algorithm: str = "sha256",
) -> Content:
    """Build an image of one platform.

    Args:
        layers: Its layers, lowest first.
        platform: ``os/architecture[/variant]``.
        absent_layers: Layers above them that are linked but not contained: foreign ones, for example.
        config: The ``config`` member of the image configuration.
        annotations: The manifest's annotations.
        subject: What the manifest refers to.
        docker: Use Docker's media types.
        algorithm: The digest algorithm of configuration and manifest.

    Returns:
        The image.
    """
    configuration = {
        "created": _CREATED,
        **Platform.parse(platform).to_json(),
        "config": dict(config or {}),
        # What is absent has a DiffID too; nobody can tell here that it is not this one.
        "rootfs": {
            "type": "layers",
            "diff_ids": [*_diff_ids(layers), *(str(d.digest) for d in absent_layers)],
        },
        "history": [{"created": _CREATED, "created_by": f"layer {n}"} for n in range(len(layers))],
    }
    kind = media_type.DOCKER_CONFIG if docker else media_type.OCI_CONFIG
    leaves = (
        Blob.of(_encode(configuration), kind, algorithm),
        *(_as_docker(part) if docker else part for part in layers),
    )
    return _manifest(
        leaves,
        absent_layers=absent_layers,
        kind=media_type.DOCKER_MANIFEST if docker else media_type.OCI_MANIFEST,
        annotations=annotations,
        subject=subject,
        algorithm=algorithm,
    )


def build_artifact(
    artifact_type: str,
    *payloads: bytes,
    subject: Descriptor | None = None,
    annotations: Mapping[str, str] | None = None,
    algorithm: str = "sha256",
) -> Content:
    """Build an artifact: a signature, a bill of materials, anything (image-spec, "Artifact Usage").

    Args:
        artifact_type: What it is.
        *payloads: Its contents; without any, the empty blob stands in.
        subject: What it refers to.
        annotations: The manifest's annotations.
        algorithm: The digest algorithm of the manifest.

    Returns:
        The artifact.
    """
    leaves = tuple(Blob.of(payload, _ARTIFACT_LAYER) for payload in payloads) or (EMPTY,)
    return _manifest(
        (EMPTY, *leaves),
        kind=media_type.OCI_MANIFEST,
        artifact_type=artifact_type,
        annotations=annotations,
        subject=subject,
        algorithm=algorithm,
    )


def build_index(
    images: Mapping[str, Content] | Sequence[Content],
    *,
    annotations: Mapping[str, str] | None = None,
    artifact_type: str = "",
    subject: Descriptor | None = None,
    docker: bool = False,
    algorithm: str = "sha256",
) -> Content:
    """Build an index.

    Args:
        images: Contents by platform, or contents without platforms (artifacts, indexes).
        annotations: The index's annotations.
        artifact_type: What the index is, when it is an artifact.
        subject: What it refers to.
        docker: Use Docker's media type.
        algorithm: The digest algorithm of the index.

    Returns:
        The index.
    """
    if isinstance(images, Mapping):
        parts = tuple(images.values())
        links = [replace(part.root, platform=Platform.parse(name)).to_json() for name, part in images.items()]
    else:
        parts = tuple(images)
        links = [part.root.to_json() for part in parts]
    kind = media_type.DOCKER_LIST if docker else media_type.OCI_INDEX
    members: dict[str, object] = {"schemaVersion": 2, "mediaType": kind}
    if artifact_type:
        members["artifactType"] = artifact_type
    members |= {"manifests": links, **_trailing(subject, annotations)}
    raw = _encode(members)
    return Content(Descriptor.of(raw, kind, algorithm), raw, parts=parts)


def _manifest(
    leaves: tuple[Blob, ...],
    *,
    absent_layers: Sequence[Descriptor] = (),
    kind: str,
    artifact_type: str = "",
    annotations: Mapping[str, str] | None,
    subject: Descriptor | None,
    algorithm: str,
) -> Content:
    members: dict[str, object] = {"schemaVersion": 2, "mediaType": kind}
    if artifact_type:
        members["artifactType"] = artifact_type
    layers = (*(leaf.descriptor for leaf in leaves[1:]), *absent_layers)
    members |= {
        "config": leaves[0].descriptor.to_json(),
        "layers": [layer.to_json() for layer in layers],
        **_trailing(subject, annotations),
    }
    raw = _encode(members)
    return Content(Descriptor.of(raw, kind, algorithm), raw, leaves=leaves)


def _trailing(subject: Descriptor | None, annotations: Mapping[str, str] | None) -> dict[str, object]:
    members: dict[str, object] = {}
    if subject is not None:
        members["subject"] = subject.bare().to_json()
    if annotations:
        members["annotations"] = dict(annotations)
    return members


def _diff_ids(layers: Sequence[Blob]) -> list[str]:
    return [str(layer.diff_id) for layer in layers]


def _as_docker(part: Blob) -> Blob:
    suffix = ".gzip" if part.descriptor.media_type.endswith("+gzip") else ""
    return replace(part, descriptor=replace(part.descriptor, media_type=media_type.DOCKER_LAYER + suffix))


def _encode(members: Mapping[str, object]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()
