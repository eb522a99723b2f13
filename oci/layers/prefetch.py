"""A stream that is produced by a thread of its own, a few pieces ahead of whoever takes them.

Reading, hashing and expanding release the interpreter's lock, so that they run beside the parsing and writing
of what came before. A bounded number of pieces waits; who stops early closes the stream, and the thread ends.
"""

from __future__ import annotations

import threading
from contextlib import closing
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, Self

from ..content.capture import Capture
from ..content.closable import Closable

if TYPE_CHECKING:
    from collections.abc import Generator

AHEAD: Final = 24
"""Pieces that may wait; of a quarter of a MiB each, they even out what bodies of all sizes take to write."""


class Prefetch(Closable):
    """An iterator over what a generator yields, which runs in a thread; a context manager that ends it.

    Args:
        pieces: What runs in the thread; its exception is raised here in its place in the order.
    """

    def __init__(self, pieces: Generator[bytes]) -> None:
        self._pieces = pieces
        # Two queues and no lock of our own: a piece changes hands some thousand times a second.
        self._waiting: SimpleQueue[bytes | None] = SimpleQueue()
        self._room: SimpleQueue[None] = SimpleQueue()
        for _ in range(AHEAD):
            self._room.put(None)
        self._captured = Capture()
        self._is_over = False
        self._is_closed = False
        self._thread = threading.Thread(target=self._produce, name="oci-layer", daemon=True)
        self._thread.start()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if not self._is_over:
            piece = self._waiting.get()
            if piece is not None:
                self._room.put(None)
                return piece
            self._is_over = True
        self._captured.raise_again()
        raise StopIteration

    def close(self) -> None:
        """Want nothing more, and wait until the thread has ended."""
        self._is_closed = self._is_over = True
        self._room.put(None)
        self._thread.join()
        self._waiting = SimpleQueue()

    def _produce(self) -> None:
        # Closed here, in the thread that it runs in: a generator releases what it holds.
        with self._captured, closing(self._pieces) as pieces:
            for piece in pieces:
                if not self._hand_over(piece):
                    break
        self._waiting.put(None)

    def _hand_over(self, piece: bytes) -> bool:
        self._room.get()
        if self._is_closed:
            return False
        self._waiting.put(piece)
        return True
