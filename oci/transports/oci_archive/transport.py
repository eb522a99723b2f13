"""The transport ``oci-archive:``: opens archives for the table.

``oci-archive:FILE`` names the whole file, ``oci-archive:FILE:NAME`` one image in it: writing the first
replaces the file, writing the second adds to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...errors import Unsupported
from .sink import ArchiveSink
from .source import ArchiveSource

if TYPE_CHECKING:
    from ..name import ImageName
    from ..session import Session

_STANDARD: Final = "-"
_STANDARD_INPUT: Final = Path("/dev/stdin")


def open_source(image: ImageName, session: Session) -> ArchiveSource:
    """Open an archive that is there, or the one on standard input (``-``); see `ArchiveSource.at`."""
    path = _STANDARD_INPUT if image.location == _STANDARD else Path(image.location)
    return ArchiveSource.at(path, session)


def open_sink(image: ImageName, session: Session) -> ArchiveSink:
    """Open an archive for writing; see `ArchiveSink.create` and `ArchiveSink.extend`."""
    if image.location == _STANDARD:
        raise Unsupported("an archive cannot be written to standard output", hint="write it to a file")
    if image.names:
        return ArchiveSink.extend(Path(image.location), session)
    return ArchiveSink.create(Path(image.location), session)
