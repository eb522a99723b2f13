"""Compressing a layer while it is written: what is in it and what is stored are both digested in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..spec import Digest
from ..spec.digest import new_hasher

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..compression import Encoder


class Press:
    """Takes a layer's bytes, and hands on what is to be stored.

    Args:
        encoder: Compresses them.
        store: Is handed what is stored; whoever keeps it knows its digest.
        algorithm: What the DiffID is computed with.
    """

    def __init__(
        self, encoder: Encoder, store: Callable[[bytes], object], *, algorithm: str = "sha256"
    ) -> None:
        self._encoder = encoder
        self._store = store
        self._algorithm = algorithm
        self._hasher = new_hasher(algorithm)

    def take(self, piece: bytes) -> None:
        """Take the next bytes."""
        self._hasher.update(piece)
        self._store(self._encoder.compress(piece))

    def finish(self) -> Digest:
        """Hand on the rest, and return the DiffID."""
        self._store(self._encoder.finish())
        return Digest(self._algorithm, self._hasher.hexdigest())
