"""Where a transfer finds out whether anything is to be converted; only then is the converter loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...content import Sink, Source
    from ..option import CopyOptions
    from .converter import Converter, Taker


def converter_for(source: Source, sink: Sink, taker: Taker, options: CopyOptions) -> Converter | None:
    """Return what converts on the way, or None where nothing is to change.

    Args:
        source: Where everything is.
        sink: Where it goes.
        taker: Who takes delivery of what is converted.
        options: What was asked for.
    """
    if options.conversion.is_idle:
        return None
    from .converter import Converter

    return Converter(source, sink, taker, options)
