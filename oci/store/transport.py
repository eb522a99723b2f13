"""The transport ``store:``: opens the local store for the table.

``store:NAME[:TAG]`` is an image by its name, read as Docker reads it; ``store:@DIGEST`` one by its digest;
``store:`` alone stands for the store, whose images can be listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidSettings
from .store import ImageStore

if TYPE_CHECKING:
    from pathlib import Path

    from ..settings import Settings
    from ..transports.name import ImageName
    from ..transports.session import Session


def store_root(settings: Settings) -> Path:
    """Return where the user's store is.

    Raises:
        InvalidSettings: There is no place for one.
    """
    if settings.store_directory is None:
        raise InvalidSettings(
            "there is no place for a store: no home directory, and no OCITOOL_ROOT", path=""
        )
    return settings.store_directory


def open_source(image: ImageName, session: Session) -> ImageStore:
    """Open the store for reading; see `ImageStore.open_to_read`."""
    del image
    return ImageStore.open_to_read(store_root(session.settings), limits=session.limits)


def open_sink(image: ImageName, session: Session) -> ImageStore:
    """Open the store for writing; see `ImageStore.create`."""
    del image
    return ImageStore.create(store_root(session.settings), limits=session.limits, sleep=session.pause)
