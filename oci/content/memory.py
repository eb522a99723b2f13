"""A complete store in memory: for tests, for small artifacts, and as the shortest example of the seam."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..errors import NotFound, Unsupported
from ..spec import Descriptor, Digest
from .attachment import Listed
from .check import Check, check_bytes
from .graph import parse_known
from .reader import VerifiedReader
from .source import Opened, Traits
from .stream import MemoryStream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from _typeshed import ReadableBuffer

    from .attachment import Attachments
    from .source import Name


class MemoryStore:
    """Holds images in memory; safe to use from several threads.

    Args:
        label: How the store is called in messages.
    """

    def __init__(self, label: str = "memory:") -> None:
        self.label = label
        self.traits = Traits(preserves=True, closed=False, concurrent=True)
        self._lock = threading.Lock()
        self._blobs: dict[Digest, bytes] = {}
        self._documents: dict[Digest, Descriptor] = {}
        self._names: dict[str, Descriptor] = {}

    def resolve(self, name: Name) -> Descriptor:
        """Find out what a name stands for; None stands for the only document with a name."""
        with self._lock:
            if isinstance(name, Digest):
                found = self._documents.get(name)
            elif name is None:
                found = next(iter(self._names.values())) if len(self._names) == 1 else None
            else:
                found = self._names.get(name)
        if found is None:
            raise NotFound(f"{self.label} has no image {name}", name=str(name))
        return found

    def open(self, name: Name) -> Opened:
        """Resolve a name and read its document."""
        descriptor = self.resolve(name)
        return Opened(descriptor, self.document(descriptor))

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a document."""
        return check_bytes(self._content(descriptor.digest), descriptor, where=self.label)

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there."""
        with self._lock:
            return descriptor.digest in self._blobs

    def size_of(self, digest: Digest) -> int:
        """Return a blob's size."""
        return len(self._content(digest))

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> MemoryStream:
        """Open a blob's bytes from an offset on."""
        content = self._content(descriptor.digest)
        return MemoryStream(content[offset : None if length is None else offset + length])

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob with its digest and size checked."""
        return VerifiedReader(self.stream(descriptor), descriptor, where=self.label)

    def ingest(self, descriptor: Descriptor) -> MemoryWriter:
        """Begin to store a blob."""
        return MemoryWriter(descriptor, self._keep, where=self.label)

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        """Store a document under names."""
        check_bytes(content, descriptor, where=self.label)
        with self._lock:
            self._blobs[descriptor.digest] = content
            self._documents[descriptor.digest] = descriptor.bare()
            for name in names:
                self._names[name] = descriptor.bare()

    def names(self) -> Iterator[str]:
        """Yield the names in alphabetical order."""
        with self._lock:
            names = sorted(self._names)
        return iter(names)

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Look through all documents for ones with this subject."""
        with self._lock:
            candidates = list(self._documents.values())
        found = [link for candidate in candidates if (link := self._referrer(candidate, digest)) is not None]
        return Listed(tuple(d for d in found if artifact_type in {"", d.artifact_type}), via="scan")

    def delete(self, name: Name) -> Descriptor:
        """Remove a name, or a document with all of its names when asked by digest."""
        found = self.resolve(name)
        with self._lock:
            if isinstance(name, Digest):
                self._documents.pop(name, None)
                self._names = {n: d for n, d in self._names.items() if d.digest != name}
            else:
                self._names = {n: d for n, d in self._names.items() if n != name}
        return found

    def close(self) -> None:
        """Do nothing: the content stays as long as the store does."""

    def _content(self, digest: Digest) -> bytes:
        with self._lock:
            content = self._blobs.get(digest)
        if content is None:
            raise NotFound(f"{self.label} has no content {digest}", name=str(digest))
        return content

    def _referrer(self, link: Descriptor, subject: Digest) -> Descriptor | None:
        document = parse_known(Opened(link, self.document(link)), where=self.label)
        if document is None or document.subject is None or document.subject.digest != subject:
            return None
        return document.as_referrer()

    def _keep(self, descriptor: Descriptor, content: bytes) -> None:
        with self._lock:
            self._blobs[descriptor.digest] = content


class MemoryWriter:
    """One blob on its way into a `MemoryStore`.

    Args:
        descriptor: What it must be.
        keep: Takes it when it is whole.
        where: Where it goes, for error messages.
    """

    verified_here = True

    def __init__(
        self, descriptor: Descriptor, keep: Callable[[Descriptor, bytes], None], *, where: str
    ) -> None:
        self._keep = keep
        self._descriptor = descriptor
        self._check = Check(descriptor, where=where)
        self._content = bytearray()

    @property
    def offset(self) -> int:
        """Bytes written so far."""
        return len(self._content)

    def write(self, data: ReadableBuffer, /) -> None:
        """Store the next bytes."""
        self._check.update(data)
        self._content += data

    def recover(self) -> None:
        """Refuse: memory does not break."""
        raise Unsupported("a writer into memory has nothing to recover from")

    def ticket(self) -> None:
        """Return nothing: a later process has no use for this memory."""
        return

    def commit(self) -> None:
        """Verify, and make the blob visible."""
        self._check.finish()
        self._keep(self._descriptor, bytes(self._content))

    def suspend(self) -> None:
        """Throw the bytes away: no later run could see them."""
        self.abort()

    def abort(self) -> None:
        """Throw the bytes away."""
        self._content.clear()
