"""The transport ``docker-archive:``: opens archives for the table.

A file that holds something is never written to, as skopeo has it. What is no file (a pipe, ``/dev/stdout``)
gets the archive as a stream, and ``-`` means standard input or output.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..layout import disk
from .item import full_name
from .sink import DockerArchiveSink
from .source import DockerArchiveSource
from .stream_sink import STANDARD_OUTPUT, DockerStreamSink

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
    path = STANDARD_OUTPUT if image.location == _STANDARD else Path(image.location)
    if _is_file(path):
        return DockerArchiveSink.create(path, session)
    return DockerStreamSink.to_pipe(path, session)


def _is_file(path: Path) -> bool:
    with disk.storage_errors("look at", path):
        try:
            return not _is_pipe(path.stat().st_mode)
        except FileNotFoundError:
            return True


def _is_pipe(mode: int) -> bool:
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)
