"""The transport ``oci:``: opens layout directories for the table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .store import LayoutStore

if TYPE_CHECKING:
    from ..name import ImageName
    from ..session import Session


def open_source(image: ImageName, session: Session) -> LayoutStore:
    """Open a layout that is there; see `LayoutStore.at`."""
    return LayoutStore.at(
        Path(image.location),
        shared_blobs=session.shared_blobs,
        limits=session.limits,
        sleep=session.pause,
    )


def open_sink(image: ImageName, session: Session) -> LayoutStore:
    """Open a layout for writing, made where there is none; see `LayoutStore.create`."""
    return LayoutStore.create(
        Path(image.location),
        shared_blobs=session.shared_blobs,
        limits=session.limits,
        sleep=session.pause,
    )
