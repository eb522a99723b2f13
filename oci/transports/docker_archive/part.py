"""What one image of an archive is made of: its configuration, and its layers by their DiffIDs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...content import Opened
from ...errors import InvalidDigest, InvalidDocument
from ...frozen import frozen
from ...spec import Descriptor, Digest, media_type
from ...spec.config import ImageConfig
from .layer import Layer
from .synthesis import synthesised

if TYPE_CHECKING:
    from collections.abc import Callable

    from .contents import Contents
    from .item import Item


@frozen
class Parts:
    """The parts of one image.

    Args:
        config: The configuration's exact bytes.
        layers: Its layers, lowest first; one that occurs twice is the same object.
    """

    config: bytes
    layers: tuple[Layer, ...]

    def manifest(self) -> Opened:
        """Make a manifest of them; compressed layers are expanded to learn their sizes."""
        config = Descriptor.of(self.config, media_type.DOCKER_CONFIG)
        links = [Descriptor(media_type.DOCKER_LAYER_GZIP, one.diff_id, one.size) for one in self.layers]
        content = synthesised(config, links)
        return Opened(Descriptor.of(content, media_type.DOCKER_MANIFEST), content)


def config_of(contents: Contents, item: Item, *, limit: int) -> bytes:
    """Read the configuration of an image.

    Args:
        contents: The archive.
        item: The image.
        limit: Bytes that it may have.

    Raises:
        InvalidDocument: It is not there.
        LimitExceeded: It is larger.
    """
    content = contents.read(item.config, limit=limit)
    if content is None:
        raise _absent(contents, item.config)
    return content


def layer_offsets(contents: Contents, item: Item) -> list[int]:
    """Return where the layers of an image begin; raises `InvalidDocument` for one that is not there."""
    offsets = []
    for path in item.layers:
        member = contents.find(path)
        if member is None:
            raise _absent(contents, path)
        offsets.append(member.offset)
    return offsets


def parts_of(contents: Contents, item: Item, config: bytes, *, checkpoint: Callable[[], None]) -> Parts:
    """Bring the layers of an image together with its DiffIDs.

    Args:
        contents: The archive.
        item: The image.
        config: Its configuration.
        checkpoint: Called while layers are expanded; raise from it to stop.

    Raises:
        InvalidDocument: They do not fit together, or a layer is not there.
    """
    where = f"{contents.where}: member {item.config[:160]!a}"
    try:
        diff_ids = ImageConfig.parse(config, where=where).diff_ids
    except InvalidDigest as error:
        raise InvalidDocument(f"{where}: {error.message}") from error
    if len(diff_ids) != len(item.layers):
        raise InvalidDocument(f"{where} has {len(diff_ids)} layers, and manifest.json {len(item.layers)}")
    layers: dict[Digest, Layer] = {}
    owners: dict[int, Digest] = {}
    for diff_id, path in zip(diff_ids, item.layers, strict=True):
        if diff_id in layers:
            continue  # the same content, whatever path it has this time
        member = contents.find(path)
        if member is None:
            raise _absent(contents, path)
        if owners.setdefault(member.offset, diff_id) != diff_id and member.size:
            raise InvalidDocument(f"{contents.where}: member {path[:160]!a} is to be two different layers")
        layers[diff_id] = Layer(
            contents.file,
            member,
            diff_id,
            where=f"{contents.where}: member {path[:160]!a}",
            checkpoint=checkpoint,
        )
    return Parts(config, tuple(layers[diff_id] for diff_id in diff_ids))


def _absent(contents: Contents, path: str) -> InvalidDocument:
    return InvalidDocument(f"{contents.where}: manifest.json names {path[:160]!a}, which is not in it")
