"""What a writer of seekable layers is, whatever their form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ...compression import SeekableForm
from ...compression.encoding import USUAL_LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec import Digest
    from ...tar import TarLimits


class SeekableWriter(Protocol):
    """Writes one layer.

    Attributes:
        annotations: What the manifest has to say of the layer; complete at the end.
        diff_id: The digest of what it expands to, where that is not what was given; known at the end.
    """

    annotations: dict[str, str]
    diff_id: Digest | None

    def written(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what is to be stored of an archive."""


def writer_of(form: SeekableForm, level: int | None, *, limits: TarLimits, where: str) -> SeekableWriter:
    """Begin to write a layer.

    Args:
        form: Its form.
        level: How hard to try; None for the usual level.
        limits: Bounds of the archive's headers.
        where: Which layer it is, for error messages.
    """
    level = USUAL_LEVELS[form.compression] if level is None else level
    if form is SeekableForm.ESTARGZ:
        from .estargz import EstargzWriter

        return EstargzWriter(level, limits=limits, where=where)
    from .zstd_chunked import ChunkedWriter

    return ChunkedWriter(level, limits=limits, where=where)
