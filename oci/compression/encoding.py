"""Compressing a stream, on as many threads as there are, with bytes that do not depend on how many that is.

What comes out depends on the content, the compression, its level, and the versions of the libraries beneath:
neither the time, nor the sizes of the pieces that go in, nor the number of threads leave a trace in it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Protocol, Self

from ..errors import Unsupported
from .detection import Compression

if TYPE_CHECKING:
    from types import TracebackType

LEVELS: Final = {Compression.NONE: range(0), Compression.GZIP: range(1, 10), Compression.ZSTD: range(1, 23)}
"""The levels of the compressions that can be written."""

USUAL_LEVELS: Final = {Compression.GZIP: 3, Compression.ZSTD: 3}
"""What is taken where nobody says. gzip's level 6 saves a tenth more, and takes nine times as long."""

MAX_THREADS: Final = 4
"""Threads of one stream: layers run side by side as well."""

_JOB_BYTES: Final = 4 * 1024 * 1024
# Content that one thread compresses; fixed, since what comes out depends on it.


class Encoder(Protocol):
    """Compresses one stream. To be used as a context, which ends its threads."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End all threads."""

    def compress(self, data: bytes) -> bytes:
        """Take the next bytes; return what is ready, which may be nothing."""

    def finish(self) -> bytes:
        """Return the rest."""


def encoder(compression: Compression, level: int | None = None, *, threads: int | None = None) -> Encoder:
    """Begin to compress a stream.

    Args:
        compression: ``GZIP``, ``ZSTD``, or ``NONE`` for bytes as they are.
        level: One of `LEVELS`, or None for the usual one.
        threads: How many to use at most; None for as many as there are processors, up to `MAX_THREADS`.

    Raises:
        Unsupported: There is no encoder for this compression, or no such level.
    """
    check_level(compression, level)
    if compression is Compression.NONE:
        return _Plain()
    level = USUAL_LEVELS[compression] if level is None else level
    threads = threads or min(os.cpu_count() or 1, MAX_THREADS)
    if compression is Compression.GZIP:
        from .gzip_block import BlockGzip

        return BlockGzip(level, threads)
    return _Zstd(level, threads)


def check_level(compression: Compression, level: int | None) -> None:
    """Refuse what `encoder` has no encoder for.

    Raises:
        Unsupported: There is no encoder for this compression, or no such level.
    """
    levels = LEVELS.get(compression)
    if levels is None:
        raise Unsupported(f"{compression.value} is not written", hint="gzip and zstd are")
    if level is not None and level not in levels:
        allowed = f"it has {levels.start} to {levels.stop - 1}" if levels else "it has none"
        raise Unsupported(f"{compression.value} has no level {level}", hint=allowed)


class _Plain:
    """Leaves bytes as they are."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing."""

    def compress(self, data: bytes) -> bytes:
        return data

    def finish(self) -> bytes:
        return b""


class _Zstd(_Plain):
    """One zstd frame with a checksum; the library has the threads."""

    def __init__(self, level: int, threads: int) -> None:
        import zstandard

        parameters = zstandard.ZstdCompressionParameters.from_level(
            level, threads=threads, job_size=_JOB_BYTES, write_checksum=True
        )
        self._stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()

    def compress(self, data: bytes) -> bytes:
        return self._stream.compress(data)

    def finish(self) -> bytes:
        return self._stream.flush()
