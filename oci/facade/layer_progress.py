"""What unpacking an image tells its listener: the events of a copy, whose destination is a directory.

Layers are read in a thread and applied in another one; the listener is called by one of them at a time.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from ..transfer.event import Advanced, Discovered, Finished, Outcome, Started
from ..transfer.shipment import TOLD_EVERY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from ..content import Source
    from ..layers import Applied, LayerReader
    from ..spec import Descriptor
    from ..transfer.event import Event, Listener


class LayerProgress:
    """Follows the layers of one image on their way into a directory.

    Args:
        source: Where they are.
        layers: The layers, lowest first.
        listener: Is told; nobody, where there is none.
    """

    def __init__(self, source: Source, layers: Sequence[Descriptor], listener: Listener | None) -> None:
        self._source = source
        self._layers = layers
        self._listener = listener
        self._turn = threading.Lock()
        for layer in layers:
            self.tell(Discovered(layer, is_document=False))

    def fetch(self, layer: Descriptor) -> LayerReader:
        """Open a layer, verified, and tell how far it is read."""
        reader = self._source.fetch(layer)
        if self._listener is None:
            return reader
        self.tell(Started(layer, 0))
        return _ToldReader(reader, layer, self.tell)

    def applied(self, number: int, _applied: Applied) -> None:
        """Tell that a layer is in the directory, and was what it had to be."""
        layer = self._layers[number]
        self.tell(Finished(layer, Outcome.UNPACKED, layer.size))

    def tell(self, event: Event) -> None:
        """Tell the listener."""
        if self._listener is not None:
            with self._turn:
                self._listener(event)


class _ToldReader:
    """A reader that tells how much of a layer was read, from time to time and at the end."""

    def __init__(self, reader: LayerReader, layer: Descriptor, tell: Callable[[Event], None]) -> None:
        self._reader = reader
        self._layer = layer
        self._tell = tell
        self._untold = 0
        self._told_s = time.monotonic()

    def __enter__(self) -> Self:
        self._reader.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.__exit__(kind, error, trace)

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill at least one byte of the buffer and return how many; 0 at the verified end."""
        count = self._reader.readinto(buffer)
        self._untold += count
        now_s = time.monotonic()
        if self._untold and (not count or now_s - self._told_s >= TOLD_EVERY_S):
            self._tell(Advanced(self._layer, self._untold))
            self._untold, self._told_s = 0, now_s
        return count
