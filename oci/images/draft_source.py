"""A new image as a source: documents from memory, new layers from temporary files, the rest from its base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..content import Traits, VerifiedReader
from ..errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..content import ByteStream, MemoryStore, Name, Opened, Source
    from ..spec import Descriptor
    from ..transfer.conversion.spool import Spool


class DraftSource:
    """Holds one image, which is asked for without a name.

    Args:
        root: Its manifest.
        documents: Where its manifest and its configuration are.
        spools: Its new layers.
        base: Where the layers below are; None where there are none.
    """

    traits = Traits()

    def __init__(
        self, root: Descriptor, documents: MemoryStore, spools: Sequence[Spool], base: Source | None
    ) -> None:
        self.label = documents.label
        self.root = root
        self._documents = documents
        self._spools = {spool.descriptor.digest: spool for spool in spools}
        self._base = base

    def resolve(self, name: Name) -> Descriptor:
        """Return the manifest; None stands for it, and so does its digest."""
        if name not in {None, self.root.digest}:
            raise NotFound(f"{self.label} has no name {name}", name=str(name))
        return self.root

    def open(self, name: Name) -> Opened:
        """Read the manifest."""
        return self._documents.open(self.resolve(name).digest)

    def document(self, descriptor: Descriptor) -> bytes:
        """Read the manifest."""
        return self._documents.document(descriptor)

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there."""
        return self._place(descriptor).exists(descriptor)

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes from an offset on."""
        return self._place(descriptor).stream(descriptor, offset, length)

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob with its digest and size checked."""
        return self._place(descriptor).fetch(descriptor)

    def close(self) -> None:
        """Leave everything open: it belongs to whoever made it."""

    def _place(self, descriptor: Descriptor) -> Source | Spool | MemoryStore:
        spool = self._spools.get(descriptor.digest)
        if spool is not None:
            return spool
        if self._base is None or self._documents.exists(descriptor):
            return self._documents
        return self._base
