"""The graph of documents and blobs beneath a root: children come before parents, each digest once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import LimitExceeded, UnsupportedMediaType
from ..frozen import frozen
from ..spec import Index, Manifest, parse_document
from .limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..spec import Descriptor, Digest, Document
    from .source import Opened, Source


@frozen
class Node:
    """A document or blob, as the walk meets it.

    Args:
        descriptor: The link by which it was reached first.
        content: A document's exact bytes; None for a blob.
        document: The parsed document; None for a blob, and for a document of a kind we do not know.
        depth: Links between the root and it.
    """

    descriptor: Descriptor
    content: bytes | None
    document: Document | None
    depth: int


def children_of(document: Document) -> tuple[tuple[Descriptor, bool], ...]:
    """Return a document's links, each with whether it leads to another document.

    Everything that an index links is a document, whatever its media type says: registries keep them so.
    """
    is_index = isinstance(document, Index)
    return tuple((child, is_index) for child in document.children)


def parse_known(opened: Opened, *, where: str) -> Document | None:
    """Parse a document, or return None for one of a kind that this library does not know.

    A kind nobody registered has no children that we could see; its bytes are carried like any other.
    """
    try:
        return parse_document(
            opened.content,
            claimed=opened.descriptor.media_type,
            algorithm=opened.descriptor.digest.algorithm,
            where=where,
        )
    except UnsupportedMediaType:
        return None


def walk(source: Source, root: Opened, *, limits: Limits | None = None) -> Iterator[Node]:
    """Visit everything beneath a root, children before parents, each digest once.

    Args:
        source: Where to read further documents.
        root: The document to begin with.
        limits: Bounds on depth and number of nodes.

    Raises:
        LimitExceeded: The graph is deeper or larger than the limits allow.
    """
    yield from _Walk(source, limits or Limits()).visit(root, depth=0)


class _Walk:
    def __init__(self, source: Source, limits: Limits) -> None:
        self._source = source
        self._limits = limits
        # One digest may be linked as a document and, elsewhere, as a blob: then it is both.
        self._seen: set[tuple[Digest, bool]] = set()

    def visit(self, opened: Opened, *, depth: int) -> Iterator[Node]:
        where = f"{self._source.label}@{opened.descriptor.digest}"
        if depth > self._limits.index_depth:
            raise LimitExceeded(limit="index_depth", allowed=self._limits.index_depth, where=where)
        document = parse_known(opened, where=where)
        for child, is_document in children_of(document) if document else ():
            if not self._enter((child.digest, is_document), where):
                continue
            if is_document:
                yield from self.visit(type(opened)(child, self._source.document(child)), depth=depth + 1)
            else:
                yield Node(child, None, None, depth + 1)
        yield Node(opened.descriptor, opened.content, document, depth)

    def _enter(self, place: tuple[Digest, bool], where: str) -> bool:
        if place in self._seen:
            return False
        self._seen.add(place)
        if len(self._seen) > self._limits.graph_nodes:
            raise LimitExceeded(limit="graph_nodes", allowed=self._limits.graph_nodes, where=where)
        return True


def is_image(document: Document | None) -> bool:
    """Tell whether a document is the manifest of a runnable image."""
    return isinstance(document, Manifest) and document.is_image
