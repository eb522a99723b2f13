"""What documents need, as far as it is there; the rest can be left out when a place is written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...content import Opened, children_of
from ...content.graph import parse_known
from ...errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...content import Limits, Source
    from ...spec import Descriptor, Digest


def reachable(source: Source, roots: Iterable[Descriptor], limits: Limits) -> set[Digest] | None:
    """Follow the links of documents as far as they are there.

    Args:
        source: Where the documents are.
        roots: Where to begin.
        limits: Bounds the number of nodes.

    Returns:
        Every digest that is needed and there; None when that cannot be told, since a document is of a kind
        whose links we cannot read.

    Raises:
        LimitExceeded: There are more nodes than the limits allow.
    """
    # One digest may be linked as a document and, elsewhere, as a blob: then its links count all the same.
    found: set[tuple[Digest, bool]] = set()
    waiting = [(root, True) for root in roots]
    while waiting:
        link, is_document = waiting.pop()
        place = (link.digest, is_document)
        if place in found or not source.exists(link):
            continue
        found.add(place)
        if len(found) > limits.graph_nodes:
            raise LimitExceeded(limit="graph_nodes", allowed=limits.graph_nodes, where=source.label)
        if is_document:
            document = parse_known(Opened(link, source.document(link)), where=source.label)
            if document is None:
                return None
            waiting.extend(children_of(document))
    return {digest for digest, _ in found}
