"""The transport ``dir:``: opens image directories for the table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..layout.terms import DiskTerms
from .sink import DirectorySink
from .store import DirectoryStore

if TYPE_CHECKING:
    from ..name import ImageName
    from ..session import Session


def open_source(image: ImageName, session: Session) -> DirectoryStore:
    """Open an image directory that is there; see `DirectoryStore.at`."""
    return DirectoryStore.at(Path(image.location), DiskTerms(limits=session.limits, sleep=session.pause))


def open_sink(image: ImageName, session: Session) -> DirectorySink:
    """Open a directory for writing; where there is none, it is made when something is written to it."""
    return DirectorySink.create(Path(image.location), DiskTerms(limits=session.limits, sleep=session.pause))
