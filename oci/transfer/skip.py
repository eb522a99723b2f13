"""Beginning later in a blob whose source reads whole blobs only: what comes before is read and forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Unsupported
from .buffer import pump_buffer

if TYPE_CHECKING:
    from ..content import ByteStream, Source
    from ..spec import Descriptor


def stream_from(source: Source, descriptor: Descriptor, offset: int) -> ByteStream:
    """Open a blob from an offset on, one way or the other.

    Args:
        source: Where it is.
        descriptor: The blob.
        offset: Bytes to leave out.

    Raises:
        OciError: The source failed.
    """
    try:
        return source.stream(descriptor, offset)
    except Unsupported:
        if not offset:
            raise
    stream = source.stream(descriptor)
    buffer = pump_buffer()
    try:
        while offset and (read := stream.readinto(buffer[: min(offset, len(buffer))])):
            offset -= read
    except BaseException:
        stream.close()
        raise
    return stream
