"""Small images in a memory store, and stores that fail when they are told to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oci.content import MemoryStore, MemoryStream, Traits
from oci.content.check import check_bytes
from oci.errors import ConnectionBroken, OciError
from oci.spec import Descriptor, parse_document
from oci.spec.media_type import OCI_CONFIG, OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import ReadableBuffer

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


class FlakyWriter:
    """A writer as a registry has it: it breaks as scripted, and knows then what it still has.

    Args:
        sink: The sink, with the script.
        descriptor: The blob.
        content: What an earlier try left.
    """

    def __init__(self, sink: FlakySink, descriptor: Descriptor, content: bytes = b"") -> None:
        self._sink = sink
        self._descriptor = descriptor
        self._content = bytearray(content)
        self._is_broken = False
        self.verified_here = not content

    @property
    def offset(self) -> int:
        return len(self._content)

    def write(self, data: ReadableBuffer, /) -> None:
        assert not self._is_broken, "written to without having been recovered"
        self._content += data
        if self._sink.breaks and len(self._content) >= self._sink.breaks[0].after:
            broken = self._sink.breaks.pop(0)
            self._is_broken = True
            raise broken.error

    def recover(self) -> None:
        self._sink.recovered += 1
        answer = self._sink.recoveries.pop(0) if self._sink.recoveries else 0
        if isinstance(answer, OciError):
            raise answer
        self._is_broken = False
        del self._content[len(self._content) - answer :]

    def ticket(self) -> str:
        return f"session at {len(self._content) // 1_000_000} MB"

    def commit(self) -> None:
        if self._sink.commits:
            error = self._sink.commits.pop(0)
            if error is not None:
                self._is_broken = True
                raise error
        check_bytes(bytes(self._content), self._descriptor, where="flaky")
        self._sink._keep(self._descriptor, bytes(self._content))

    def suspend(self) -> None:
        self._sink.suspended += 1

    def abort(self) -> None:
        self._sink.aborted += 1


@dataclass
class Break:
    """A write that fails.

    Args:
        after: Once so many bytes were written.
        error: With this.
    """

    after: int
    error: OciError = field(default_factory=lambda: ConnectionBroken("broke off", host="test"))


class FlakySink(MemoryStore):
    """A sink whose writers break as scripted; ``recoveries``: how many bytes are lost then, or an error."""

    def __init__(self) -> None:
        super().__init__("memory:flaky")
        self.breaks: list[Break] = []
        self.recoveries: list[int | OciError] = []
        self.commits: list[OciError | None] = []
        self.left = b""
        self.begun = self.recovered = self.suspended = self.aborted = 0

    def ingest(self, descriptor: Descriptor) -> FlakyWriter:  # type: ignore[override]  # another writer
        """Begin to store a blob, with what an earlier run left the first time."""
        self.begun += 1
        left, self.left = self.left, b""
        return FlakyWriter(self, descriptor, left)
