"""Expanding a stream: bounded pieces come out however much a few bytes of input may claim to hold.

Whoever asks for pieces decides when there have been too many; nothing here keeps more than one. A stream
of several gzip members or zstd frames is one stream (RFC 1952, 2.2).
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final, Protocol, cast

from ..errors import InvalidDocument
from .detection import Compression

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .zstd_frame import FrameTracker

PIECE_BYTES: Final = 256 * 1024
"""The most that one piece of output holds.

Larger ones come from pages that the system has to clear each time, and leave the processor's cache before
they are used: a MiB costs a quarter more.
"""

_READ_BYTES: Final = 128 * 1024
_MAX_WINDOW: Final = 128 * 1024 * 1024
"""Memory that a zstd stream may ask for; its tool's --long=27, the default limit of decoders."""


def expanded(read: Callable[[int], bytes], compression: Compression, *, where: str) -> Generator[bytes]:
    """Yield a stream's expanded bytes, in pieces of at most `PIECE_BYTES`.

    Args:
        read: Reads up to as many bytes as asked for; nothing only at the end.
        compression: What the stream is compressed with.
        where: What it is, for error messages.

    Raises:
        InvalidDocument: The stream is damaged or ends in the middle.
    """
    match compression:
        case Compression.NONE:
            return _plain(read)
        case Compression.GZIP:
            return _gzip(read, where)
        case Compression.ZSTD:
            return _zstd(read, where)
        case Compression.XZ:
            return _xz(read, where)
        case Compression.BZIP2:
            return _bzip2(read, where)


def _plain(read: Callable[[int], bytes]) -> Generator[bytes]:
    yield from iter(lambda: read(_READ_BYTES), b"")


def _gzip(read: Callable[[int], bytes], where: str) -> Generator[bytes]:
    from isal import isal_zlib
    from isal.igzip_lib import IsalError

    # Its stub calls the class an exception of no particular kind.
    damage = cast("type[Exception]", IsalError)

    data = read(_READ_BYTES)
    while data.strip(b"\0"):  # members may be followed by zeros that fill a block
        member = isal_zlib.decompressobj(wbits=31)
        while not member.eof:
            try:
                piece = member.decompress(data, PIECE_BYTES)
            except damage as error:
                raise InvalidDocument(f"{where}: damaged gzip data: {error}") from error
            if piece:
                yield piece
            data = member.unconsumed_tail
            if not data and not member.eof:
                data = read(_READ_BYTES)
                if not data and not piece:
                    raise InvalidDocument(f"{where}: the gzip data ends in the middle")
        data = member.unused_data or read(_READ_BYTES)


def _zstd(read: Callable[[int], bytes], where: str) -> Generator[bytes]:
    import zstandard

    from .zstd_frame import FrameTracker

    tracker = FrameTracker()
    source = _Readable(read, tracker)
    decoder = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW)
    # The decoder wants a file and uses nothing of it but read().
    with decoder.stream_reader(cast("IO[bytes]", source), _READ_BYTES, read_across_frames=True) as reader:
        while True:
            try:
                piece = reader.read(PIECE_BYTES)
            except zstandard.ZstdError as error:
                raise InvalidDocument(f"{where}: damaged zstd data: {error}") from error
            if not piece:
                break
            yield piece
    if not tracker.at_boundary:
        raise InvalidDocument(f"{where}: the zstd data ends in the middle")


class _Decoder(Protocol):
    """What the standard library's decoders have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _xz(read: Callable[[int], bytes], where: str) -> Generator[bytes]:
    import lzma

    def begin() -> _Decoder:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MAX_WINDOW)

    return _stepwise(read, begin, lzma.LZMAError, f"{where}: damaged xz data")


def _bzip2(read: Callable[[int], bytes], where: str) -> Generator[bytes]:
    import bz2

    return _stepwise(read, bz2.BZ2Decompressor, OSError, f"{where}: damaged bzip2 data")


def _stepwise(
    read: Callable[[int], bytes], begin: Callable[[], _Decoder], damage: type[Exception], what: str
) -> Generator[bytes]:
    data = read(_READ_BYTES)
    while data.strip(b"\0"):  # streams may be followed by zeros (xz-file-format, 2.2)
        decoder = begin()
        while not decoder.eof:
            try:
                piece = decoder.decompress(data, PIECE_BYTES)
            except damage as error:
                raise InvalidDocument(f"{what}: {error}") from error
            data = b""
            if piece:
                yield piece
            if decoder.needs_input and not decoder.eof:
                data = read(_READ_BYTES)
                if not data:
                    raise InvalidDocument(f"{what}: it ends in the middle")
        data = decoder.unused_data or read(_READ_BYTES)


class _Readable:
    """A file that is read once, with a tracker looking on."""

    def __init__(self, read: Callable[[int], bytes], tracker: FrameTracker) -> None:
        self._read = read
        self._tracker = tracker

    def read(self, size: int) -> bytes:
        """Read the next bytes."""
        data = self._read(size)
        self._tracker.feed(data)
        return data
