"""Samples: small images as values, built from nothing, the same in every run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self

from ...content import Opened
from ...frozen import frozen
from ...spec import Descriptor, media_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...content import Sink, Source


def blob(text: str | bytes, kind: str = "application/octet-stream", algorithm: str = "sha256") -> Opened:
    """Make a blob and its descriptor.

    Args:
        text: The content.
        kind: Its media type.
        algorithm: What to compute the digest with.
    """
    content = text.encode() if isinstance(text, str) else text
    return Opened(Descriptor.of(content, kind, algorithm), content)


def document(members: Mapping[str, object], algorithm: str = "sha256") -> Opened:
    """Make a document in a layout that no program writes, so that re-encoding it changes its digest."""
    # Key order is kept and the spacing is odd: bytes must be kept, not merely meaning.
    content = (json.dumps(members, indent=3, separators=(" ,", " : ")) + "\n\n").encode()
    return blob(content, str(members["mediaType"]), algorithm)


@frozen
class Sample:
    """A document with everything beneath it.

    Args:
        root: The document.
        documents: The documents beneath it, children first; without the root.
        blobs: All blobs.
    """

    root: Opened
    documents: tuple[Opened, ...] = ()
    blobs: tuple[Opened, ...] = ()

    @classmethod
    def image(
        cls,
        label: str,
        *,
        layers: Sequence[Opened] = (),
        algorithm: str = "sha256",
        **members: object,
    ) -> Self:
        """Make an image manifest with a config of its own.

        Args:
            label: Makes the config, and so the image, different from others.
            layers: Its layers.
            algorithm: What to compute digests with.
            members: Further members of the manifest, such as ``subject``.
        """
        config = blob(
            json.dumps({"architecture": "amd64", "os": "linux", "config": {"Labels": {"is": label}}}),
            media_type.OCI_CONFIG,
            algorithm,
        )
        root = document(
            {
                "layers": [layer.descriptor.to_json() for layer in layers],
                "mediaType": media_type.OCI_MANIFEST,
                "unknownMember": {"Kept": [1, 2.5, None]},
                "config": config.descriptor.to_json(),
                "schemaVersion": 2,
                **members,
            },
            algorithm,
        )
        return cls(root, blobs=(config, *layers))

    @classmethod
    def index(cls, *children: Sample, **members: object) -> Self:
        """Make an index of other samples.

        Args:
            children: What it links.
            members: Further members of the index.
        """
        root = document(
            {
                "schemaVersion": 2,
                "manifests": [child.root.descriptor.to_json() for child in children],
                "mediaType": media_type.OCI_INDEX,
                **members,
            }
        )
        documents = [one for child in children for one in (*child.documents, child.root)]
        blobs = [one for child in children for one in child.blobs]
        return cls(root, tuple(dict.fromkeys(documents)), tuple(dict.fromkeys(blobs)))

    @classmethod
    def attached_to(cls, subject: Sample, label: str, kind: str) -> Self:
        """Make an artifact that is attached to another sample.

        Args:
            subject: What it is attached to.
            label: Its content.
            kind: Its artifact type.
        """
        payload = blob(label, "text/plain")
        empty = blob("{}", media_type.OCI_EMPTY)
        root = document(
            {
                "schemaVersion": 2,
                "mediaType": media_type.OCI_MANIFEST,
                "artifactType": kind,
                "config": empty.descriptor.to_json(),
                "layers": [payload.descriptor.to_json()],
                "subject": subject.root.descriptor.to_json(),
                "annotations": {"org.example.label": label},
            }
        )
        return cls(root, blobs=(empty, payload))

    def push(self, sink: Sink, *names: str) -> None:
        """Store everything, children first, and publish the root.

        Args:
            sink: Where it goes.
            names: The root's names.
        """
        for one in self.blobs:
            store(sink, one)
        for one in self.documents:
            sink.publish(one.descriptor, one.content)
        sink.publish(self.root.descriptor, self.root.content, names)

    def assert_held_by(self, source: Source) -> None:
        """Assert that everything is there, bit for bit, whether asked for by link or by digest."""
        for one in self.blobs:
            assert source.exists(one.descriptor)
            assert fetched(source, one.descriptor) == one.content
        for one in (*self.documents, self.root):
            assert source.document(one.descriptor) == one.content
            assert source.open(one.descriptor.digest) == one


def store(sink: Sink, one: Opened) -> None:
    """Store a blob, in two pieces."""
    writer = sink.ingest(one.descriptor)
    half = max(writer.offset, len(one.content) // 2)
    try:
        writer.write(one.content[writer.offset : half])
        writer.write(one.content[half:])
        writer.commit()
    except BaseException:
        writer.abort()
        raise


def fetched(source: Source, descriptor: Descriptor) -> bytes:
    """Read a blob, verified."""
    with source.fetch(descriptor) as reader:
        return reader.read(limit=descriptor.size)
