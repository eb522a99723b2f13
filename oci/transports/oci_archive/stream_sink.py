"""Writing an archive that goes out as a stream: to a pipe, to a container engine.

Its content is gathered in a temporary directory, verified, and handed on when it is finished: whoever reads
the stream gets all of it or, where the copy failed, nothing at all.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from ..layout import disk
from ..layout.listing import Listing
from ..session import Session
from .gathering import Gathering
from .output import StreamOutput
from .sink import ArchiveSink

if TYPE_CHECKING:
    from collections.abc import Callable

    from .output import Output

_STANDARD_OUTPUT: Final = Path("/dev/stdout")
_STANDARD_OUTPUTS: Final = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
_STANDARD_OUTPUT_HANDLE: Final = 1


def is_standard_output(location: str) -> bool:
    """Tell whether an archive that is written to a place goes to the standard output."""
    return location in _STANDARD_OUTPUTS


def stream_at(location: str) -> Path | None:
    """Return the place of an archive that goes out as a stream, or None for a file.

    The standard output is always a stream, wherever it leads: a file there belongs to who has opened it.

    Args:
        location: The place as people write it; ``-`` is the standard output.

    Raises:
        StorageError: It cannot be looked at.
    """
    if is_standard_output(location):
        return _STANDARD_OUTPUT
    path = Path(location)
    with disk.storage_errors("look at", path):
        try:
            return path if _is_pipe(path.stat().st_mode) else None
        except FileNotFoundError:
            return None


def _is_pipe(mode: int) -> bool:
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


class ArchiveStreamSink(ArchiveSink):
    """An archive that goes out as a stream when it is finished; made by `to_stream` or `to_pipe`.

    Args:
        path: How it is called in messages.
        gathering: Takes the blobs.
        session: Limits, times, and what stops the work.
        write: Takes the next bytes, all of them.
        stack: Is closed with the sink.
    """

    def __init__(
        self,
        path: Path,
        gathering: Gathering,
        session: Session,
        *,
        write: Callable[[bytes], object],
        stack: ExitStack,
    ) -> None:
        super().__init__(path, gathering, None, Listing.empty(), session)
        self._write = write
        self._stack = stack

    @classmethod
    def to_stream(cls, write: Callable[[bytes], object], path: Path, session: Session | None = None) -> Self:
        """Begin an archive that is handed on piece by piece when it is finished.

        Args:
            write: Takes the next bytes, all of them; what it raises goes through.
            path: How the stream is called in messages.
            session: Limits, times, where temporary files go, and what stops the work.

        Raises:
            StorageError: There is no place to gather its content.
        """
        return cls._over(write, path, session or Session(), ExitStack())

    @classmethod
    def to_pipe(cls, path: Path, session: Session | None = None) -> Self:
        """Begin an archive for a pipe or a device; it is opened when there is something to write.

        Args:
            path: The pipe; ``/dev/stdout`` for the standard output.
            session: As for `to_stream`.
        """
        stack = ExitStack()
        pipe = _Pipe(path)
        stack.callback(pipe.close)
        return cls._over(pipe.write, path, session or Session(), stack)

    @classmethod
    def _over(cls, write: Callable[[bytes], object], path: Path, session: Session, stack: ExitStack) -> Self:
        place = session.scratch or Path(tempfile.gettempdir())
        with disk.storage_errors("make a temporary directory in", place):
            directory = stack.enter_context(tempfile.TemporaryDirectory(dir=place, prefix="ocitool-"))
        gathering = Gathering.beside(Path(directory, "archive"), session, label=f"{cls.scheme}:{path}")
        return cls(path, gathering, session, write=write, stack=stack)

    def close(self) -> None:
        """Throw away what was gathered."""
        super().close()
        self._stack.close()

    def _deliver(self, write: Callable[[Output], None]) -> None:
        checkpoint = self._session.token.raise_if_cancelled
        write(StreamOutput(self._write, self._path, checkpoint=checkpoint))


class _Pipe:
    """Opens a pipe late, since that waits for who reads it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def write(self, content: bytes) -> None:
        with disk.storage_errors("write to", self._path):
            if self._handle is None:
                self._handle = self._opened()
            disk.write_all(self._handle, content)

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _opened(self) -> int:
        if self._path == _STANDARD_OUTPUT:
            return os.dup(_STANDARD_OUTPUT_HANDLE)
        return os.open(self._path, os.O_WRONLY | disk.CLOSE_ON_EXEC)
