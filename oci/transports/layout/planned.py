"""A layout that is made when the first thing is written to it: a copy that fails early leaves none."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from . import disk
from .listing import Listing
from .store import LayoutStore, make_layout, refuse_foreign
from .terms import USUAL, DiskTerms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ...content import Writer
    from ...spec import Descriptor


class PlannedLayout(LayoutStore):
    """Images in a layout that may not exist yet; made by `planned`.

    Args:
        directory: The layout.
        terms: How it is used.
    """

    def __init__(self, directory: Path, terms: DiskTerms = USUAL) -> None:
        super().__init__(directory, terms)
        self._turn = threading.Lock()
        self._is_made = False

    @classmethod
    def planned(cls, directory: Path, terms: DiskTerms = USUAL) -> LayoutStore:
        """Open a layout for writing that is there, or will be; the arguments are those of `LayoutStore.at`.

        Raises:
            StorageError: The directory holds something else, or cannot be read.
            Unsupported: The layout's version is not known.
        """
        with disk.storage_errors("look at", directory):
            if directory.exists() and any(directory.iterdir()):
                refuse_foreign(directory)
                return LayoutStore.create(directory, terms)
        return cls(directory, terms)

    def listing(self) -> Listing:
        """Return what the index lists now: nothing, where there is none yet."""
        return super().listing() if self.index.path.exists() else Listing.empty()

    def ingest(self, descriptor: Descriptor) -> Writer:
        """Begin, or continue, to store a blob."""
        self._make()
        return super().ingest(descriptor)

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        """Store a document, and list it under its names."""
        self._make()
        super().publish(descriptor, content, names)

    def lock(self) -> AbstractContextManager[None]:
        """Keep other writers' publications out while the context lasts."""
        self._make()
        return super().lock()

    def _make(self) -> None:
        with self._turn:
            if not self._is_made:
                make_layout(self.directory, self.index, self.terms.sleep)
                self._is_made = True
