"""Layers that are written anew on their way, each once for one destination.

Images have layers in common, and to compress one keeps a processor busy: what has been made of a layer for
one image serves all others. In another repository of the same registry it is taken over, as any blob is.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from ...spec import Digest
from ..conversion.gate import new_benches
from .ledger import MAX_ENTRIES

if TYPE_CHECKING:
    from ...spec import Descriptor
    from ..conversion.converter import Made, Recipe


class Remakes:
    """Remembers what has become of layers, for one synchronisation; used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[Digest, Made] = OrderedDict()
        self.benches = new_benches()
        """Layers that are worked on at once, for all images together."""

    def get(self, mark: Digest) -> Made | None:
        """Return what has been made of a layer; None where that is not known, or not any more."""
        with self._lock:
            return self._made.get(mark)

    def put(self, mark: Digest, made: Made) -> None:
        """Remember what has been made of a layer."""
        with self._lock:
            self._made[mark] = made
            while len(self._made) > MAX_ENTRIES:
                self._made.popitem(last=False)


def mark_of(descriptor: Descriptor, recipe: Recipe) -> Digest:
    """Return what stands for a layer that is treated in a certain way, where a ledger wants a digest.

    Args:
        descriptor: The layer, as it is at the source.
        recipe: What it is to become.
    """
    form = recipe.form
    way = "" if form is None else f"{form.compression.value} {form.level}"
    text = f"{descriptor.digest}\n{way}\n{recipe.diff_id}\n{recipe.media_type}"
    return Digest("sha256", hashlib.sha256(text.encode()).hexdigest())
