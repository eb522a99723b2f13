"""Pulling: a copy into the store whose layers are unpacked while they arrive.

`PullSink` is what the copy writes to. It is told which image comes before anything moves, reads the image's
configuration ahead, since that says what the layers must be, and has every layer unpacked from the first byte
on. The name is set when every layer is a snapshot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..content.graph import parse_known
from ..content.image_config import read_blob
from ..errors import InvalidDocument, Unsupported, UnsupportedMediaType
from ..spec import ImageConfig, Manifest
from ..spec.media_type import is_layer
from .chain import chain_ids
from .lease import chain_item
from .unpacking import Rung, Unpacking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType
    from typing import Self

    from _typeshed import ReadableBuffer

    from ..content import Attachments, ByteStream, CancelToken, Name, Opened, Source, VerifiedReader, Writer
    from ..layers import LayerLimits, Omission
    from ..spec import Descriptor, Digest, Reference
    from .following import Bell
    from .store import ImageStore


class PullSink:
    """A store that unpacks the one image that is copied into it; a context manager that ends the unpacking.

    Args:
        store: The store.
        source: Where the image comes from.
        token: Stops the work.
        pause: How to wait for other processes; raises when the work is not wanted any more.
        discards_unpacked: Whether layers are thrown away once they are unpacked: the image cannot be pushed.
        layer_limits: Bounds of each layer.
    """

    def __init__(
        self,
        store: ImageStore,
        source: Source,
        *,
        token: CancelToken,
        pause: Callable[[float], object],
        discards_unpacked: bool = False,
        layer_limits: LayerLimits | None = None,
    ) -> None:
        self.label = store.label
        self.traits = store.traits
        self._store = store
        self._source = source
        self._token = token
        self._pause = pause
        self._discards_unpacked = discards_unpacked
        self._layer_limits = layer_limits
        self._unpacking: Unpacking | None = None
        self._further_names: list[str] = []
        self.repository: Reference | None = None
        """The repository that the image comes from; the image can be found by its digest there, too."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._unpacking is not None:
            self._unpacking.close()

    @property
    def omissions(self) -> tuple[Omission, ...]:
        """What was left out of the layers that were unpacked, and why."""
        return () if self._unpacking is None else self._unpacking.omissions

    def also_called(self, name: str) -> None:
        """Give the image a further name: that of the index that it was chosen from, say."""
        self._further_names.append(name)

    def expect(self, opened: Opened) -> None:
        """Prepare to unpack an image.

        Raises:
            Unsupported: It is none.
            InvalidDocument: Its documents contradict each other.
        """
        document = parse_known(opened, where=self._source.label)
        if not isinstance(document, Manifest) or not document.is_image:
            raise Unsupported(
                f"{opened.descriptor.digest} is no image that could be unpacked",
                hint="ocitool copy stores it as it is: ocitool copy SOURCE store:NAME",
            )
        link = document.config
        raw = read_blob(self._source, link, limit=self._store.limits.config_bytes)
        rungs = rungs_of(document, ImageConfig.parse(raw, where=str(link.digest)))
        self._store.hold(opened.descriptor.digest, *(child.digest for child in document.children))
        self._store.lease.hold(chain_item(rung.chain_id) for rung in rungs)
        self._store.blobs.put(link, raw)
        self._unpacking = Unpacking(
            rungs,
            self._store.blobs,
            self._store.snapshots,
            token=self._token,
            pause=self._pause,
            limits=self._layer_limits,
        )
        self._unpacking.begin_present()

    def ingest(self, descriptor: Descriptor) -> Writer:
        """Begin, or continue, to store a blob; a layer is unpacked from now on."""
        writer = self._store.ingest(descriptor)
        bells = [] if self._unpacking is None else self._unpacking.follow(descriptor)
        return FollowedWriter(writer, bells) if bells else writer

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        """Wait until all layers are unpacked, and store the manifest under its names."""
        if self._unpacking is not None:
            self._unpacking.finish()
        own = [] if self.repository is None else [str(self.repository.at(descriptor.digest))]
        self._store.enter(
            descriptor,
            content,
            list(dict.fromkeys((*names, *own, *self._further_names))),
            keeps_layers=not self._discards_unpacked,
        )

    def resolve(self, name: Name) -> Descriptor:
        """See `ImageStore.resolve`; so for all that follows."""
        return self._store.resolve(name)

    def open(self, name: Name) -> Opened:
        """Resolve a name and read its document."""
        return self._store.open(name)

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a manifest or an index, verified."""
        return self._store.document(descriptor)

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there, or not wanted any more."""
        if self._discards_unpacked and self._unpacking is not None and self._unpacking.is_done(descriptor):
            return True
        return self._store.exists(descriptor)

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified."""
        return self._store.stream(descriptor, offset, length)

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob for reading with its digest and size checked."""
        return self._store.fetch(descriptor)

    def names(self) -> Iterator[str]:
        """Yield the names in alphabetical order."""
        return self._store.names()

    def referrers(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Return what is attached to a digest."""
        return self._store.referrers(digest, artifact_type=artifact_type)

    def close(self) -> None:
        """Leave the store to whoever opened it."""


class FollowedWriter:
    """A writer that somebody reads behind.

    Args:
        writer: The writer.
        bells: Rung after each write.
    """

    def __init__(self, writer: Writer, bells: Sequence[Bell]) -> None:
        self._writer = writer
        self._bells = bells
        self._ring()

    @property
    def offset(self) -> int:
        """Bytes that are in place."""
        return self._writer.offset

    @property
    def verified_here(self) -> bool:
        """Tell whether this process has hashed every byte."""
        return self._writer.verified_here

    def write(self, data: ReadableBuffer, /) -> None:
        """Store the next bytes."""
        self._writer.write(data)
        self._ring()

    def recover(self) -> None:
        """Make the writer usable again."""
        self._writer.recover()

    def ticket(self) -> str | None:
        """Return a text with which the ingest can be continued, if one is needed."""
        return self._writer.ticket()

    def commit(self) -> None:
        """Verify, and make the blob visible."""
        self._writer.commit()
        self._close()

    def suspend(self) -> None:
        """Stop for now."""
        self._writer.suspend()
        self._close()

    def abort(self) -> None:
        """Throw away what was written."""
        self._writer.abort()
        self._close()

    def _ring(self) -> None:
        for bell in self._bells:
            bell.ring()

    def _close(self) -> None:
        for bell in self._bells:
            bell.close()


def rungs_of(manifest: Manifest, config: ImageConfig) -> list[Rung]:
    """Return the layers of an image, lowest first, with what each of them must be.

    Raises:
        InvalidDocument: Manifest and configuration do not fit each other.
        UnsupportedMediaType: A layer is of a kind that cannot be unpacked.
    """
    count = len(manifest.layers)
    if count != len(config.diff_ids):
        raise InvalidDocument(
            f"{manifest.digest}: {count} layers, and {len(config.diff_ids)} DiffIDs in the configuration"
        )
    rungs = []
    chains = chain_ids(config.diff_ids)
    for number, (layer, diff_id, chain) in enumerate(
        zip(manifest.layers, config.diff_ids, chains, strict=True), 1
    ):
        where = f"layer {number} of {count}"
        if not is_layer(layer.media_type):
            raise UnsupportedMediaType(
                f"{manifest.digest}: {where} is of a kind that cannot be unpacked: {layer.media_type}",
                media_type=layer.media_type,
            )
        rungs.append(Rung(layer, diff_id, chain, where))
    return rungs
