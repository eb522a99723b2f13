"""Storing one small blob that is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...content import Sink
    from ...spec import Descriptor


def store_blob(sink: Sink, descriptor: Descriptor, content: bytes) -> None:
    """Store a blob, unless it is there.

    Raises:
        OciError: The place cannot be asked or written.
    """
    if sink.exists(descriptor):
        return
    writer = sink.ingest(descriptor)
    try:
        writer.write(content[writer.offset :])
        writer.commit()
    except BaseException:
        writer.abort()
        raise
