"""Chunked transfer coding, received (RFC 9112 section 7.1). No I/O.

Decoding happens in place: the payload of all chunks in a buffer is moved together at its front, so that what
comes out is one large piece however small the sender's chunks were. Strict, because a lenient reading of
lengths is how requests are smuggled: lines end with CRLF, sizes are plain hexadecimal, every part has a
limit. Chunk extensions and trailer fields are read and dropped.
"""

from __future__ import annotations

import enum
import string

from ..errors import InvalidValue

__all__ = ["LAST_CHUNK", "ChunkedDecoder"]

LAST_CHUNK = b"0\r\n\r\n"
"""How nearly every body ends: the last chunk and no trailer."""

_LINE_BYTES_MAX = 4096
_TRAILER_BYTES_MAX = 16 * 1024
_SIZE_DIGITS_MAX = 15
_HEX_DIGITS = frozenset(string.hexdigits.encode())


class _Phase(enum.Enum):
    SIZE = enum.auto()
    PAYLOAD = enum.auto()
    PAYLOAD_END = enum.auto()
    TRAILER = enum.auto()
    COMPLETE = enum.auto()


class ChunkedDecoder:
    r"""Decodes one body; feed it what arrives until `is_complete`.

    Example:
        >>> decoder = ChunkedDecoder()
        >>> data = bytearray(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET /")
        >>> end, consumed = decoder.decode(data, 0, len(data))
        >>> bytes(data[:end]), bytes(data[consumed:]), decoder.is_complete
        (b'abcde', b'GET /', True)
    """

    def __init__(self) -> None:
        self._phase = _Phase.SIZE
        self._left = 0
        self._line = bytearray()
        self._trailer_bytes = 0

    @property
    def is_complete(self) -> bool:
        """Whether the last chunk and the trailer have been seen."""
        return self._phase is _Phase.COMPLETE

    def decode(self, buffer: bytearray, start: int, end: int) -> tuple[int, int]:
        """Decode ``buffer[start:end]``, moving the payload to ``buffer[start:]``.

        Args:
            buffer: Holds the bytes as they came; changed in place.
            start: Index of the first byte.
            end: Index behind the last byte.

        Returns:
            The index behind the payload, and the index behind what was consumed: ``end``, unless the body
            is complete.

        Raises:
            InvalidValue: The coding is malformed, or a line or the trailer is over its limit.
        """
        view = memoryview(buffer)
        target = position = start
        while position < end and self._phase is not _Phase.COMPLETE:
            if self._phase is _Phase.PAYLOAD:
                count = min(self._left, end - position)
                if target != position:
                    view[target : target + count] = view[position : position + count]
                target += count
                position += count
                self._left -= count
                if self._left == 0:
                    self._phase = _Phase.PAYLOAD_END
            else:
                position = self._read_line(buffer, position, end)
        return target, position

    def _read_line(self, buffer: bytearray, position: int, end: int) -> int:
        newline = buffer.find(b"\n", position, end)
        stop = end if newline < 0 else newline + 1
        if len(self._line) + stop - position > _LINE_BYTES_MAX:
            raise InvalidValue(f"chunked body: a line of more than {_LINE_BYTES_MAX} bytes")
        self._line += buffer[position:stop]
        if newline >= 0:
            if not self._line.endswith(b"\r\n"):
                raise InvalidValue("chunked body: a line does not end with CRLF")
            line = bytes(self._line[:-2])
            self._line.clear()
            self._take_line(line)
        return stop

    def _take_line(self, line: bytes) -> None:
        if self._phase is _Phase.PAYLOAD_END:
            if line:
                raise InvalidValue("chunked body: a chunk is longer than its size")
            self._phase = _Phase.SIZE
        elif self._phase is _Phase.SIZE:
            self._left = _size(line)
            self._phase = _Phase.PAYLOAD if self._left else _Phase.TRAILER
        elif line:
            self._trailer_bytes += len(line)
            if self._trailer_bytes > _TRAILER_BYTES_MAX:
                raise InvalidValue(f"chunked body: a trailer of more than {_TRAILER_BYTES_MAX} bytes")
        else:
            self._phase = _Phase.COMPLETE


def _size(line: bytes) -> int:
    digits = line.partition(b";")[0].rstrip(b" \t")
    if not digits or len(digits) > _SIZE_DIGITS_MAX or not _HEX_DIGITS.issuperset(digits):
        raise InvalidValue("chunked body: a chunk size that is no hexadecimal number")
    return int(digits, 16)
