"""An image in the making: layers are added on top, each written to a temporary file, until it is sealed."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, Self, TypeAlias

from ..compression import Compression, encoder
from ..content import MemoryStore, Opened
from ..frozen import frozen
from ..layers import LayerLimits
from ..layers.press import Press
from ..layers.seekable import writer_of
from ..spec import Descriptor, strict_json
from ..transfer import Format
from ..transfer.conversion.layer_type import LayerType
from ..transfer.conversion.spool import Spool
from .config import ConfigChanges, Step, new_config
from .draft_source import DraftSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from ..content import ByteStream
    from ..spec import Digest, Platform
    from ..transfer import LayerForm
    from .base import Base

LayerFiller: TypeAlias = "Callable[[Callable[[bytes], object]], object]"
"""Is called with a function that takes a layer's bytes, an archive, in order."""

CONFIGURED: Final = "ocitool: configuration"
"""What the history says of a configuration that was changed."""

_READ_BYTES: Final = 1024 * 1024
_LABEL: Final = "the new image"
_ALGORITHM: Final = "sha256"


@frozen
class DraftLayer:
    """A layer that was added.

    Args:
        descriptor: The layer as it is stored.
        diff_id: The digest of what is in it.
    """

    descriptor: Descriptor
    diff_id: Digest


class Draft:
    """An image in the making; a context manager that removes its temporary files.

    Args:
        base: What it is built on; None for nothing.
        platform: What it is for, where it is built on nothing.
        form: The form of the layers that are added.
        created: When it is made, as in RFC 3339: nothing else in it depends on the time.
        scratch: The directory for temporary files; None for the system's usual place.

    Raises:
        Unsupported: The image's family has no such layers.
    """

    def __init__(
        self,
        *,
        base: Base | None,
        platform: Platform,
        form: LayerForm,
        created: str,
        scratch: Path | None = None,
    ) -> None:
        self._base = base
        self._platform = platform
        self._form = form
        self._created = created
        self._scratch = scratch
        is_docker = base is not None and base.manifest.media_type == Format.DOCKER.manifest_type
        # Docker's family has no zstd: as in a conversion, the image becomes one of OCI's.
        can_be_docker = is_docker and form.compression is not Compression.ZSTD and form.seekable is None
        self._family = Format.DOCKER if can_be_docker else Format.OCI
        self._stack = ExitStack()
        self._spools: list[Spool] = []
        self._layers: list[DraftLayer] = []
        self._steps: list[Step] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def layers(self) -> tuple[DraftLayer, ...]:
        """What was added so far."""
        return tuple(self._layers)

    def add_layer(self, write: LayerFiller, created_by: str, comment: str = "") -> DraftLayer:
        """Add a layer on top.

        Args:
            write: Writes it.
            created_by: What the history says of it.
            comment: What else it says.

        Raises:
            StorageError: A temporary file cannot be written.
            OciError: What ``write`` raises.
        """
        spool = self._stack.enter_context(Spool(self._scratch, _ALGORITHM, label=_LABEL))
        diff_id = self._pressed(write, spool) if self._form.seekable is None else self._cut(write, spool)
        descriptor = spool.descriptor
        layer = DraftLayer(descriptor, diff_id)
        self._spools.append(spool)
        self._layers.append(layer)
        self._steps.append(Step(created_by=created_by, diff_id=diff_id, comment=comment))
        return layer

    def _pressed(self, write: LayerFiller, spool: Spool) -> Digest:
        with encoder(self._form.compression, self._form.level) as compressor:
            press = Press(compressor, spool.write, algorithm=_ALGORITHM)
            write(press.take)
            diff_id = press.finish()
        spool.seal(LayerType(self._family, self._form.compression).text)
        return diff_id

    def _cut(self, write: LayerFiller, spool: Spool) -> Digest:
        """Write the archive to a file of its own first: files are cut out of it one by one."""
        assert self._form.seekable is not None
        writer = writer_of(self._form.seekable, self._form.level, limits=LayerLimits().tar, where=_LABEL)
        with Spool(self._scratch, _ALGORITHM, label=_LABEL) as plain:
            write(plain.write)
            archive = plain.seal(LayerType(self._family, Compression.NONE).text)
            for stored in writer.written(_pieces(plain.stream(archive))):
                spool.write(stored)
        spool.seal(LayerType(self._family, self._form.compression).text, writer.annotations)
        return writer.diff_id or archive.digest

    def seal(self, changes: ConfigChanges | None = None, created_by: str = CONFIGURED) -> DraftSource:
        """Write the configuration and the manifest.

        Args:
            changes: What the configuration says that the base's does not.
            created_by: What the history says of that; empty for nothing.

        Returns:
            A source that holds the image alone, as the only thing that has no name there; good as long as
            the draft is.

        Raises:
            InvalidDocument: The base's configuration is malformed.
        """
        base = self._base
        steps = list(self._steps)
        if created_by and changes is not None and changes != ConfigChanges():
            steps.append(Step(created_by=created_by, diff_id=None))
        before = None if base is None or base.config is None else base.config.raw
        raw = new_config(before, self._platform, changes or ConfigChanges(), steps, created=self._created)
        config = Descriptor.of(raw, self._family.config_type, _ALGORITHM)
        members: Mapping[str, object] = {
            **self._members_of_base(),
            "config": config.to_json(),
            "layers": [layer.to_json() for layer in self._all_layers()],
        }
        content = json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()
        opened = Opened(Descriptor.of(content, self._family.manifest_type, _ALGORITHM), content)
        store = MemoryStore(_LABEL)
        writer = store.ingest(config)
        writer.write(raw)
        writer.commit()
        store.publish(opened.descriptor, content)
        return DraftSource(opened.descriptor, store, self._spools, None if base is None else base.source)

    def _members_of_base(self) -> dict[str, object]:
        """Return what the base's manifest says of the image as a whole, but not what it is attached to."""
        known = (
            {} if self._base is None else strict_json.load_object(self._base.manifest.raw, where="manifest")
        )
        kept = {key: value for key, value in known.items() if key not in {"subject", "config", "layers"}}
        return {**kept, "schemaVersion": 2, "mediaType": self._family.manifest_type}

    def _all_layers(self) -> list[Descriptor]:
        below = () if self._base is None else self._base.manifest.layers
        return [_of_family(layer, self._family) for layer in below] + [
            each.descriptor for each in self._layers
        ]


def _of_family(layer: Descriptor, family: Format) -> Descriptor:
    kind = LayerType.parse(layer.media_type)
    if kind is None or kind.format is family:
        return layer
    from ..frozen import replace

    return replace(layer, media_type=replace(kind, format=family).text)


def _pieces(stream: ByteStream) -> Iterator[bytes]:
    buffer = memoryview(bytearray(_READ_BYTES))
    while count := stream.readinto(buffer):
        yield bytes(buffer[:count])
