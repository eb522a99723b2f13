"""Which images of an index are meant, and what becomes of the index itself."""

from __future__ import annotations

import json
from typing import TypeAlias

from ..errors import NotFound
from ..frozen import frozen
from ..spec import Descriptor, Index, Platform, strict_json


@frozen
class Everything:
    """What the name stands for, with all that is beneath it, byte for byte."""


@frozen
class Instance:
    """The image for one platform, without the index around it.

    Args:
        platform: What to choose from an index.
        is_strict: Whether an image that no index speaks for is refused where its configuration names another
            platform; to find that out takes one small request. False takes such an image as it is.
    """

    platform: Platform
    is_strict: bool = True


@frozen
class Subset:
    """An index with the images of some platforms only.

    Args:
        platforms: The platforms, each of which must be offered; a name that leads to an image directly is
            taken if its configuration fits all of them.
        rewrite: False keeps the index byte for byte, with links to images that were not copied (a sparse
            index); True writes a new index, with a new digest, that has only the chosen entries.
    """

    platforms: tuple[Platform, ...]
    rewrite: bool = False


Selection: TypeAlias = Everything | Instance | Subset


def chosen_entries(index: Index, platforms: tuple[Platform, ...]) -> tuple[Descriptor, ...]:
    """Return the entries of an index for the given platforms, in document order.

    Args:
        index: The index.
        platforms: What to choose; a platform without variant takes every variant of it.

    Raises:
        NotFound: A platform is not offered.
    """
    chosen: set[Descriptor] = set()
    for wished in platforms:
        matching = [
            e for e in index.manifests if e.platform is not None and wished.rank(e.platform) is not None
        ]
        if not matching:
            offered = ", ".join(str(p) for p in index.platforms()) or "no platforms at all"
            raise NotFound(
                f"no image for {wished} in the index", name=str(wished), hint=f"it offers {offered}"
            )
        exact = [e for e in matching if e.platform is not None and wished.rank(e.platform) == 0]
        chosen.update(exact if wished.variant else matching)
    return tuple(entry for entry in index.manifests if entry in chosen)


def rewritten(index: Index, entries: tuple[Descriptor, ...]) -> tuple[Descriptor, bytes]:
    """Write an index that has only some of its entries; everything else of it is kept.

    Args:
        index: The index.
        entries: The entries to keep.

    Returns:
        The new document's link and its bytes.
    """
    members = strict_json.load_object(index.raw, where="index")
    kept = {str(entry.digest) for entry in entries}
    manifests = members["manifests"]
    assert isinstance(manifests, list)
    members["manifests"] = [entry for entry in manifests if entry["digest"] in kept]
    raw = json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
    return Descriptor.of(raw, index.media_type, index.digest.algorithm), raw
