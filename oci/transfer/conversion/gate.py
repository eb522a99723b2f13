"""Where a transfer finds out whether anything is to be converted; only then is the converter loaded."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...content import CancelToken, Sink, Source
    from ..option import CopyOptions
    from .converter import Converter, Taker
    from .workshop import Workshop


def converter_for(
    source: Source, sink: Sink, taker: Taker, options: CopyOptions, token: CancelToken
) -> Converter | None:
    """Return what converts on the way, or None where nothing is to change.

    Args:
        source: Where everything is.
        sink: Where it goes.
        taker: Who takes delivery of what is converted.
        options: What was asked for.
        token: Ends waiting.
    """
    if options.conversion.is_idle:
        return None
    from .converter import Converter

    return Converter(source, sink, taker, options, token)


def workshop_for(
    source: Source, options: CopyOptions, token: CancelToken, benches: threading.Semaphore | None = None
) -> Workshop | None:
    """Return where layers are read on their way, or None where nothing is to change.

    Args:
        source: Where they are.
        options: What was asked for.
        token: Stops the work.
        benches: Layers that are worked on at once, where there are several workshops.
    """
    if options.conversion.is_idle:
        return None
    from .workshop import Workshop

    return Workshop(source, options, token, benches or new_benches())


def new_benches() -> threading.Semaphore:
    """Return room for as many layers at once as is good for this machine.

    What keeps a processor busy gains nothing from more threads than there are, and costs memory.
    """
    return threading.Semaphore(os.cpu_count() or 1)
