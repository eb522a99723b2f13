"""The transport ``docker-archive:``: opens archives for the table.

A file that holds something is never written to, as skopeo has it. What is no file (a pipe, ``/dev/stdout``)
gets the archive as a stream, and ``-`` means standard input or output.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..oci_archive.stream_sink import stream_at
from .item import full_name
from .sink import DockerArchiveSink
from .source import DockerArchiveSource
from .stream_sink import DockerStreamSink

if TYPE_CHECKING:
    from ..name import ImageName
    from ..session import Session

_STANDARD: Final = "-"
_STANDARD_INPUT: Final = Path("/dev/stdin")


def open_source(image: ImageName, session: Session) -> DockerArchiveSource:
    """Open an archive that is there, or the one on standard input; see `DockerArchiveSource.at`."""
    path = _STANDARD_INPUT if image.location == _STANDARD else Path(image.location)
    return DockerArchiveSource.at(path, session)


def open_sink(image: ImageName, session: Session) -> DockerArchiveSink:
    """Open an archive for writing; see `DockerArchiveSink.create` and `DockerStreamSink.to_pipe`."""
    for name in image.names:
        full_name(name)
    stream = stream_at(image.location)
    if stream is None:
        return DockerArchiveSink.create(Path(image.location), session)
    return DockerStreamSink.to_pipe(stream, session)
