"""Small images in a memory store, and stores that fail when they are told to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from oci.content import MemoryStore, MemoryStream, Traits
from oci.errors import ConnectionBroken, OciError
from oci.spec import Descriptor, parse_document
from oci.spec.media_type import OCI_CONFIG, OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from oci.content.memory import MemoryWriter


def put(store: MemoryStore, content: bytes, media_type: str) -> Descriptor:
    """Store a blob."""
    descriptor = Descriptor.of(content, media_type)
    writer = store.ingest(descriptor)
    writer.write(content)
    writer.commit()
    return descriptor


def add_image(
    store: MemoryStore,
    layers: Iterable[bytes],
    *,
    architecture: str = "amd64",
    variant: str = "",
    names: tuple[str, ...] = (),
    subject: Descriptor | None = None,
    media_type: str = OCI_CONFIG,
) -> Descriptor:
    """Store an image; returns the link to its manifest, with its platform."""
    platform = {"architecture": architecture, "os": "linux", **({"variant": variant} if variant else {})}
    config = put(store, json.dumps(platform).encode(), media_type)
    manifest: dict[str, object] = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.to_json(),
        "layers": [put(store, layer, OCI_LAYER_GZIP).to_json() for layer in layers],
    }
    if subject is not None:
        manifest["subject"] = subject.bare().to_json()
    raw = json.dumps(manifest).encode()
    store.publish(parse_document(raw).descriptor, raw, names)
    return Descriptor.from_json(
        parse_document(raw).descriptor.to_json() | {"platform": platform}, where="test"
    )


def add_index(
    store: MemoryStore, entries: Iterable[Descriptor], *, names: tuple[str, ...] = ()
) -> Descriptor:
    """Store an index."""
    raw = json.dumps(
        {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry.to_json() for entry in entries]}
    ).encode()
    descriptor = parse_document(raw).descriptor
    store.publish(descriptor, raw, names)
    return descriptor


class BreakingStream(MemoryStream):
    """A stream that breaks off after so many bytes."""

    def __init__(self, content: bytes, after: int, error: OciError) -> None:
        super().__init__(content[:after])
        self._error = error

    def readinto(self, buffer: memoryview, /) -> int:
        """Deliver what there is, then break."""
        count = super().readinto(buffer)
        if not count:
            raise self._error
        return count


class UnreliableStore(MemoryStore):
    """A distant source whose streams break off as scripted, and that records what it was asked for."""

    def __init__(self, label: str = "memory:unreliable") -> None:
        super().__init__(label)
        self.traits = Traits(distant=True)
        self.breaks: list[int] = []
        self.asked: list[tuple[Descriptor, int, int | None]] = []
        self.error: Callable[[], OciError] = lambda: ConnectionBroken("broke off", host="test")

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> MemoryStream:
        """Open a stream, perhaps one that breaks."""
        self.asked.append((descriptor, offset, length))
        if not self.breaks:
            return super().stream(descriptor, offset, length)
        content = self._content(descriptor.digest)[offset : None if length is None else offset + length]
        return BreakingStream(content, self.breaks.pop(0), self.error())


class OrderedSink(MemoryStore):
    """A sink that refuses a document before its children are there, as strict registries do."""

    def __init__(self, label: str = "memory:sink") -> None:
        super().__init__(label)
        self.order: list[str] = []
        self.ingests = 0

    def ingest(self, descriptor: Descriptor) -> MemoryWriter:
        """Begin to store a blob."""
        self.ingests += 1
        return super().ingest(descriptor)

    def publish(self, descriptor: Descriptor, content: bytes, names: Iterable[str] = ()) -> None:
        """Check the children, then publish."""
        document = parse_document(content)
        missing = [child for child in document.children if child.digest not in self._blobs]
        assert not missing, f"{descriptor.digest} was published before {missing}"
        self.order.append(str(descriptor.digest))
        super().publish(descriptor, content, tuple(names))
