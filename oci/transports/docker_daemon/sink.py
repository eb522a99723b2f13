"""Writing an image to an engine: gathered and verified here, and handed over as an archive at the end.

An engine keeps the configuration and the layers. A manifest most of them throw away, so that the image has
another digest there; that is told. An image whose configuration the engine has already is not moved at
all: it only gets its new names.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...content import Opened, Traits
from ...content.graph import is_image, parse_known
from ...errors import DaemonError, NotFound, Unsupported
from ...spec import ImageConfig, Manifest
from ...spec.media_type import OCI_LAYER_ZSTD
from ..docker_archive.item import full_name
from ..docker_archive.stream_sink import DockerStreamSink
from .loader import Expected, Loader, check_loaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...content import ByteStream, Name, VerifiedReader, Writer
    from ...spec import Descriptor, Digest
    from ..session import Session
    from .engine import Engine
    from .source import DaemonSource

_ZSTD_HINT: Final = (
    "its layers are compressed with zstd, which Docker knows from version 23 on: --dest-compress-format gzip"
    " --dest-force-compress-format"
)


class DaemonSink:
    """An engine to write to; it shows what it will get before it is finished.

    Args:
        engine: The engine.
        source: Reads what is in the engine already; it is closed with the sink, and the engine with it.
        session: Limits, where temporary files go, and who is told.
    """

    traits = Traits(preserves=False, closed=False, concurrent=True)

    def __init__(self, engine: Engine, source: DaemonSource, session: Session) -> None:
        self.label = engine.label
        self._engine = engine
        self._source = source
        self._session = session
        self._loader = Loader(engine)
        self._gathered = DockerStreamSink.to_stream(self._loader.write, Path(engine.address.text), session)
        self._present: set[Digest] = set()
        self._known: dict[Digest, Expected] = {}
        self._expected: dict[str, Expected] = {}
        self._tagged: dict[str, Expected] = {}
        self._has_news = False
        self._has_zstd = False

    def expect(self, opened: Opened) -> None:
        """Refuse early what cannot be kept, and find out whether the image is there; see `content.Expects`.

        Raises:
            Unsupported: It is an index or an artifact.
            DaemonError: The engine refused to say what it has.
        """
        manifest = self._image(opened)
        try:
            found = self._engine.image(str(manifest.config.digest))
        except NotFound:
            return
        if found.image_id == str(manifest.config.digest):
            self._present.update(child.digest for child in manifest.children)
            self._known[manifest.config.digest] = Expected(found.image_id, found.diff_ids)

    def resolve(self, name: Name) -> Descriptor:
        """Find out what a name stands for: what will be handed over, or what is in the engine."""
        return self.open(name).descriptor

    def open(self, name: Name) -> Opened:
        """Resolve a name and read its document."""
        try:
            return self._gathered.open(name)
        except NotFound:
            return self._source.open(name)

    def document(self, descriptor: Descriptor) -> bytes:
        """Read a document."""
        try:
            return self._gathered.document(descriptor)
        except NotFound:
            return self._source.document(descriptor)

    def exists(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob was gathered, or belongs to an image that the engine has."""
        if descriptor.digest in self._present or self._gathered.exists(descriptor):
            return True
        return self._source.exists(descriptor)

    def stream(self, descriptor: Descriptor, offset: int = 0, length: int | None = None) -> ByteStream:
        """Open a blob's bytes, unverified, from an offset on."""
        place = self._gathered if self._gathered.exists(descriptor) else self._source
        return place.stream(descriptor, offset, length)

    def fetch(self, descriptor: Descriptor) -> VerifiedReader:
        """Open a blob with its digest and size checked."""
        place = self._gathered if self._gathered.exists(descriptor) else self._source
        return place.fetch(descriptor)

    def ingest(self, descriptor: Descriptor) -> Writer:
        """Begin to store a blob."""
        return self._gathered.ingest(descriptor)

    def publish(self, descriptor: Descriptor, content: bytes, names: Sequence[str] = ()) -> None:
        """Take an image that the engine will get, or has, under its names.

        Raises:
            InvalidReference: A name is none that an engine takes.
            Unsupported: It is an index or an artifact, which an engine cannot hold.
        """
        full = [full_name(name) for name in names]
        manifest = self._image(Opened(descriptor, content))
        self._session.warn(
            f"{self.label} keeps no manifests: there, the image has another digest and the ID"
            f" {manifest.config.digest}"
        )
        if manifest.config.digest in self._known:
            self._tagged.update(dict.fromkeys(full, self._known[manifest.config.digest]))
            return
        self._gathered.publish(descriptor, content, full)
        self._has_news = True
        self._has_zstd = any(one.media_type == OCI_LAYER_ZSTD for one in manifest.layers)
        self._expected.update(dict.fromkeys(full, self._expectation(manifest)))

    def finish(self) -> None:
        """Hand everything over; then the sink can only be closed.

        Raises:
            DaemonError: The engine refused it, or does not show it afterwards.
            StorageError: What was gathered cannot be read.
            TransportError: The connection broke; the engine has nothing of it.
            Cancelled: The work is no longer wanted; the engine has nothing of it.
        """
        if self._has_news:
            try:
                self._gathered.finish()
                self._loader.finish()
            except DaemonError as error:
                error.hint = error.hint or (_ZSTD_HINT if self._has_zstd else "")
                raise
        for name, expected in self._tagged.items():
            self._engine.tag(expected.image_id, name)
        for name, expected in (self._expected | self._tagged).items():
            check_loaded(self._engine, name, expected)

    def close(self) -> None:
        """Throw away what was gathered, and close the connections; safe to call more than once."""
        self._loader.close()
        self._gathered.close()
        self._source.close()

    def _image(self, opened: Opened) -> Manifest:
        document = parse_known(opened, where=self.label)
        if not isinstance(document, Manifest) or not is_image(document):
            raise Unsupported(
                f"{self.label} holds single images, and {opened.descriptor.digest} is none",
                hint="of an index, choose one image: --platform OS/ARCH",
            )
        return document

    def _expectation(self, manifest: Manifest) -> Expected:
        with self.fetch(manifest.config) as reader:
            raw = reader.read(limit=self._session.limits.config_bytes)
        config = ImageConfig.parse(raw, where=f"{self.label}: {manifest.config.digest}")
        return Expected(str(manifest.config.digest), tuple(map(str, config.diff_ids)))
