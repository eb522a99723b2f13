"""Storing one small blob that is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...content.sink import write_whole

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
    write_whole(sink.ingest(descriptor), content)
