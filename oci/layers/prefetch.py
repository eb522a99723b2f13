"""A stream that is produced by a thread of its own, a few pieces ahead of whoever takes them.

Reading, hashing and expanding release the interpreter's lock, so that they run beside the parsing and writing
of what came before. A bounded number of pieces waits; who stops early closes the stream, and the thread ends.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING, Final, Self

from ..content.capture import Capture
from ..content.closable import Closable

if TYPE_CHECKING:
    from collections.abc import Generator

AHEAD: Final = 8
"""Pieces that may wait; of a MiB each, they even out what bodies of all sizes take to write."""


class Prefetch(Closable):
    """An iterator over what a generator yields, which runs in a thread; a context manager that ends it.

    Args:
        pieces: What runs in the thread; its exception is raised here in its place in the order.
    """

    def __init__(self, pieces: Generator[bytes]) -> None:
        self._pieces = pieces
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._captured = Capture()
        self._is_over = False
        self._is_closed = False
        self._thread = threading.Thread(target=self._produce, name="oci-layer", daemon=True)
        self._thread.start()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        with self._changed:
            while not self._waiting:
                if self._is_over:
                    self._captured.raise_again()
                    raise StopIteration
                self._changed.wait()
            piece = self._waiting.popleft()
            self._changed.notify()
        return piece

    def close(self) -> None:
        """Want nothing more, and wait until the thread has ended."""
        with self._changed:
            self._is_closed = True
            self._waiting.clear()
            self._changed.notify()
        self._thread.join()

    def _produce(self) -> None:
        # Closed here, in the thread that it runs in: a generator releases what it holds.
        with self._captured, closing(self._pieces) as pieces:
            for piece in pieces:
                if not self._hand_over(piece):
                    break
        with self._changed:
            self._is_over = True
            self._changed.notify()

    def _hand_over(self, piece: bytes) -> bool:
        with self._changed:
            while len(self._waiting) >= AHEAD and not self._is_closed:
                self._changed.wait()
            if self._is_closed:
                return False
            self._waiting.append(piece)
            self._changed.notify()
            return True
