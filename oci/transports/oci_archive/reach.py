"""What the documents of a listing need: everything else in an archive is left out when it is written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...content import Opened, children_of
from ...content.graph import parse_known
from ...errors import LimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...spec import Descriptor, Digest
    from ..layout.reader import LayoutReader


def reachable(reader: LayoutReader, roots: Iterable[Descriptor]) -> set[Digest] | None:
    """Follow the links of documents as far as they are there.

    Args:
        reader: Where the documents are.
        roots: Where to begin.

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
        if place in found or not reader.exists(link):
            continue
        found.add(place)
        if len(found) > reader.limits.graph_nodes:
            raise LimitExceeded(limit="graph_nodes", allowed=reader.limits.graph_nodes, where=reader.label)
        if is_document:
            document = parse_known(Opened(link, reader.document(link)), where=reader.label)
            if document is None:
                return None
            waiting.extend(children_of(document))
    return {digest for digest, _ in found}
