"""The small files by which Docker and podman find the images in an archive that also is a layout.

``manifest.json`` names the files in ``blobs/``, as Docker has done since version 25; who loads it looks at
the first bytes of a layer to see how it is compressed. Of an index only the image for the platform that was
wished for is listed, since these loaders know one image by a name; the layout has all of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from ...content import Opened
from ...content.graph import parse_known
from ...errors import InvalidValue, NotFound
from ...frozen import frozen, replace
from ...spec import Index, Manifest, Platform, Reference, media_type
from ...spec.config import ImageConfig
from .item import Item, items_text
from .original import IMAGE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...spec import Descriptor, Digest
    from ..layout.listing import Listing
    from ..layout.reader import LayoutReader

_LINUX: Final = Platform("linux", "amd64")


@frozen
class Catalogue:
    """What is written of some images.

    Args:
        items: Their entries in ``manifest.json``.
        identities: The image ID for each name.
        left_out: Documents that are no images which could be loaded, with their names.
    """

    items: tuple[Item, ...]
    identities: dict[str, str]
    left_out: tuple[str, ...]

    def manifest_json(self) -> bytes:
        """Return the file ``manifest.json``."""
        return items_text(self.items)

    def repositories(self) -> bytes:
        """Return the file ``repositories``: the image for each tag of each repository."""
        found: dict[str, dict[str, str]] = {}
        for name, identity in self.identities.items():
            reference = Reference.parse(name)
            found.setdefault(reference.name, {})[reference.tag or ""] = identity
        return json.dumps(found, separators=(",", ":"), sort_keys=True).encode()


def catalogue_of(reader: LayoutReader, platform: Platform | None) -> Catalogue:
    """Look through what a layout lists.

    Args:
        reader: The layout.
        platform: The platform whose image of an index is listed; None for Docker's most usual.
    """
    names: dict[Digest, tuple[Descriptor, list[str]]] = {}
    for entry in reader.listing().entries:
        link = entry.descriptor
        names.setdefault(link.digest, (link, []))[1].extend([entry.name] if entry.name else [])
    items: dict[tuple[str, tuple[str, ...]], Item] = {}
    identities: dict[str, str] = {}
    left_out = []
    for link, own in names.values():
        image = _chosen(reader, link, list(_images(reader, link)), platform)
        if image is None:
            left_out += own
            continue
        item = _item(image)
        known = items.setdefault((item.config, item.layers), item)
        items[item.config, item.layers] = replace(known, tags=(*known.tags, *own))
        identities.update(dict.fromkeys(own, image.config.digest.encoded))
    return Catalogue(tuple(items.values()), identities, tuple(left_out))


def named_entries(listing: Listing) -> Listing:
    """Return a listing whose entries have their names in containerd's annotation too."""
    return listing.annotated(IMAGE_NAME)


def _images(reader: LayoutReader, root: Descriptor) -> Iterator[Manifest]:
    """Yield the images beneath a document that Docker could load."""
    waiting, seen = [root], {root.digest}
    while waiting:
        link = waiting.pop(0)
        if not reader.exists(link):
            continue
        document = parse_known(Opened(link, reader.document(link)), where=reader.label)
        if isinstance(document, Manifest) and _is_loadable(reader, document):
            yield document
        elif isinstance(document, Index):
            waiting += [child for child in document.manifests if child.digest not in seen]
            seen.update(child.digest for child in document.manifests)


def _is_loadable(reader: LayoutReader, manifest: Manifest) -> bool:
    if not manifest.is_image or not all(reader.exists(child) for child in manifest.children):
        return False
    if not all(media_type.is_layer(layer.media_type) for layer in manifest.layers):
        return False
    if manifest.config.size > reader.limits.config_bytes:
        return False
    with reader.fetch(manifest.config) as content:
        raw = content.read(limit=reader.limits.config_bytes)
    try:
        config = ImageConfig.parse(raw, where=reader.label)
    except InvalidValue:
        return False
    return "rootfs" in config.members and len(config.diff_ids) == len(manifest.layers)


def _chosen(
    reader: LayoutReader, root: Descriptor, images: Sequence[Manifest], platform: Platform | None
) -> Manifest | None:
    """Choose the image that stands for a document."""
    by_digest = {image.digest: image for image in images}
    if root.media_type in media_type.INDEXES:
        index = parse_known(Opened(root, reader.document(root)), where=reader.label)
        assert isinstance(index, Index)
        for wish in (platform, _LINUX):
            try:
                found = by_digest.get(index.select(wish).digest) if wish is not None else None
            except NotFound:
                continue
            if found is not None:
                return found
    return images[0] if images else None


def _item(image: Manifest) -> Item:
    return Item(_path(image.config.digest), tuple(_path(layer.digest) for layer in image.layers))


def _path(digest: Digest) -> str:
    return f"blobs/{digest.algorithm}/{digest.encoded}"
