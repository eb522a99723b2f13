"""The transport ``oci-archive:``: opens archives for the table.

``oci-archive:FILE`` names the whole file, ``oci-archive:FILE:NAME`` one image in it: writing the first
replaces the file, writing the second adds to it. What is no file (a pipe, ``/dev/stdout``) gets an archive of
its own as a stream, and ``-`` means standard input or output.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from .sink import ArchiveSink
from .source import ArchiveSource
from .stream_sink import ArchiveStreamSink, stream_at

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
    """Open an archive for writing; see `ArchiveSink` and `ArchiveStreamSink.to_pipe`."""
    stream = stream_at(image.location)
    if stream is not None:
        return ArchiveStreamSink.to_pipe(stream, session)
    if image.names:
        return ArchiveSink.extend(Path(image.location), session)
    return ArchiveSink.create(Path(image.location), session)
