"""ChainIDs: what a layer is called with all that lie below it (image-spec, config.md, "Layer ChainID")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..spec import Digest

if TYPE_CHECKING:
    from collections.abc import Sequence


def chain_ids(diff_ids: Sequence[Digest]) -> tuple[Digest, ...]:
    """Return the ChainID of each layer with all that lie below it.

    Example:
        >>> a = Digest.of(b"a")
        >>> chain_ids([a]) == (a,)
        True
    """
    found: list[Digest] = []
    for diff_id in diff_ids:
        if found:
            found.append(Digest.of(f"{found[-1]} {diff_id}".encode(), diff_id.algorithm))
        else:
            found.append(diff_id)
    return tuple(found)
