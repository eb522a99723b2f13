"""The transport ``oci:``: opens layout directories for the table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .planned import PlannedLayout
from .store import LayoutStore
from .terms import DiskTerms

if TYPE_CHECKING:
    from ..name import ImageName
    from ..session import Session


def open_source(image: ImageName, session: Session) -> LayoutStore:
    """Open a layout that is there; see `LayoutStore.at`."""
    return LayoutStore.at(Path(image.location), _terms(session))


def open_sink(image: ImageName, session: Session) -> LayoutStore:
    """Open a layout for writing; where there is none, it is made when something is written to it."""
    return PlannedLayout.planned(Path(image.location), _terms(session))


def _terms(session: Session) -> DiskTerms:
    return DiskTerms(limits=session.limits, sleep=session.pause, shared_blobs=session.shared_blobs)
