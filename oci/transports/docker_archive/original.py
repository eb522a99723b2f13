"""The layout that newer archives have beside their ``manifest.json``, with the images' own manifests.

The two say the same thing twice, and a reader of one must not see another image than a reader of the other:
a manifest from the layout stands for an image only if its config and its layers are the very files that
``manifest.json`` names, in their order. What Docker, podman and skopeo load is what counts.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final

from ...content import Opened
from ...content.graph import parse_known
from ...errors import DigestMismatch, InvalidValue, LimitExceeded, SizeMismatch
from ...frozen import frozen
from ...spec import Digest, Index, Manifest
from ..layout.reader import LayoutReader
from .item import full_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...content import Limits
    from ...spec import Descriptor
    from ..layout.listing import Listing
    from ..oci_archive.blobs import ArchiveBlobs

IMAGE_NAME: Final = "io.containerd.image.name"
"""Annotation of an entry that is the image's whole name, as containerd and Docker write it."""


@frozen
class Root:
    """A document that the layout's index lists.

    Args:
        descriptor: The link to it.
        name: Its name in full, or None.
        manifests: The images beneath it, itself among them.
        is_whole: Whether everything beneath it is there.
    """

    descriptor: Descriptor
    name: str | None
    manifests: tuple[Manifest, ...]
    is_whole: bool

    def covers(self, manifest: Digest) -> bool:
        """Tell whether it can stand for one of its images: it is that image, or an index that is whole."""
        if manifest == self.descriptor.digest:
            return True
        return self.is_whole and any(one.digest == manifest for one in self.manifests)


class Originals(LayoutReader):
    """The layout in an archive.

    Args:
        label: How people write the archive.
        blobs: Its blobs.
        listing: Its index.
        limits: Bounds on what is read.
    """

    def __init__(self, label: str, blobs: ArchiveBlobs, listing: Listing, limits: Limits) -> None:
        super().__init__(label, blobs, limits)
        self.members = blobs.members
        self._listing = listing

    def listing(self) -> Listing:
        """Return what the index lists."""
        return self._listing

    @cached_property
    def roots(self) -> tuple[Root, ...]:
        """What the index lists and is there, with the images beneath."""
        found = []
        for entry in self._listing.entries:
            with suppress(InvalidValue, DigestMismatch, SizeMismatch):  # what is broken stands for nothing
                if self.exists(entry.descriptor):
                    found.append(self._root(entry.descriptor, _name_of(entry.annotation(IMAGE_NAME))))
        return tuple(found)

    def fitting(self, config: bytes, layers: Sequence[int]) -> Manifest | None:
        """Look for the manifest of an image.

        Args:
            config: The image's configuration.
            layers: Where the files of its layers begin in the archive.
        """
        for root in self.roots:
            for manifest in root.manifests:
                found = [self.members.get(layer.digest) for layer in manifest.layers]
                if [one and one.offset for one in found] == list(layers) and _is(manifest.config, config):
                    return manifest
        return None

    def named(self, name: str) -> Root | None:
        """Return the document that has a name, or None."""
        return next((root for root in self.roots if root.name == name), None)

    def _root(self, descriptor: Descriptor, name: str | None) -> Root:
        manifests: dict[Digest, Manifest] = {}
        waiting, seen, is_whole = [descriptor], {descriptor.digest}, True
        while waiting:
            link = waiting.pop(0)
            if not self.exists(link):
                is_whole = False
                continue
            document = parse_known(Opened(link, self.document(link)), where=self.label)
            if isinstance(document, Manifest):
                manifests[document.digest] = document
                is_whole = is_whole and all(self._is_there(child) for child in document.children)
            elif isinstance(document, Index):
                fresh = [child for child in document.manifests if child.digest not in seen]
                seen.update(child.digest for child in fresh)
                waiting += fresh
            if len(seen) > self.limits.graph_nodes:
                raise LimitExceeded(limit="graph_nodes", allowed=self.limits.graph_nodes, where=self.label)
        return Root(descriptor, name, tuple(manifests.values()), is_whole)

    def _is_there(self, blob: Descriptor) -> bool:
        return bool(blob.urls) or blob.data is not None or self.exists(blob)


def _is(link: Descriptor, content: bytes) -> bool:
    return link.size == len(content) and Digest.of(content, link.digest.algorithm) == link.digest


def _name_of(annotation: str) -> str | None:
    try:
        return full_name(annotation)
    except InvalidValue:
        return None
