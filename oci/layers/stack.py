"""An image's layers, applied one on the other to one directory.

All of them go through one thread that reads ahead: while the end of a layer is written, the beginning of the
next one is fetched and expanded. No more connections are open than one, and none of them waits for long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import StorageError
from .apply import apply_layer
from .form import Lowest, Plain
from .prefetch import Prefetch
from .tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from .apply import Applied
    from .descent import Descent
    from .limit import LayerLimits
    from .ownership import Ownership
    from .stream import LayerStream


def apply_layers(
    layers: Sequence[LayerStream],
    root: int,
    *,
    ownership: Ownership,
    limits: LayerLimits,
    listener: Callable[[int, Applied], None] | None = None,
    descent: Descent | None = None,
) -> tuple[Applied, ...]:
    """Apply layers to an empty directory that nobody uses yet.

    Args:
        layers: The layers, lowest first.
        root: The directory's descriptor; it stays open.
        ownership: Who is to own what.
        limits: Bounds of each layer.
        listener: Is told of each layer that is applied and verified: its number, counted from 0, and what it
            came to.
        descent: Opens directories beneath the root; what this system has, where nothing is said.

    Returns:
        What applying each layer came to.

    Raises:
        OciError: As `apply_layer`. What is in the directory then is to be thrown away.
    """
    results = []
    try:
        with Prefetch(_one_after_the_other(layers)) as pieces, Tree(root, descent=descent) as tree:
            for number, layer in enumerate(layers):
                form = Plain(tree) if number else Lowest()
                applied = apply_layer(
                    pieces, tree, form, ownership=ownership, limits=limits, where=layer.where
                )
                results.append(applied)
                if listener is not None:
                    listener(number, applied)
    except OSError as error:
        raise StorageError(
            f"the tree cannot be completed: {error.strerror}", path="", errno=error.errno
        ) from error
    return tuple(results)


def _one_after_the_other(layers: Sequence[LayerStream]) -> Generator[bytes]:
    for layer in layers:
        yield from layer
        yield b""
